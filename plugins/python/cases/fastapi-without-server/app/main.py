from fastapi import FastAPI

api = FastAPI(
    title="x",
)


@api.get("/")
async def root():
    return {"message": "Hello World"}
