import os
from http.server import HTTPServer, BaseHTTPRequestHandler

HTTPServer(('', int(os.environ.get('PORT', 8000))), BaseHTTPRequestHandler).serve_forever()
