from routers import items
from fastapi import FastAPI

app = FastAPI()
