import fastapi
web = fastapi.FastAPI()
@web.get('/health')
def h(): ...
