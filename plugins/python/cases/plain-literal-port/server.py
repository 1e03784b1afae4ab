from aiohttp import web

PORT = 9000
app = web.Application()
web.run_app(app, port=PORT)
