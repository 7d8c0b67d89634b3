"""A web app (FastAPI) that reads its secrets from the vault when it starts.

    uvicorn app:app

The module can be imported without a key, as tests and documentation tools do. A secret that is
missing, or that lacks a required key, stops the start, and no request is answered.
"""

import hmac
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI, Header, HTTPException
from vaultfile import Secret

db = Secret.from_name("db", required_keys=["PGHOST", "PGPASSWORD"])
web = Secret.from_name("web", required_keys=["API_TOKEN"])


@asynccontextmanager
async def lifespan(app: FastAPI):
    for secret in (db, web):
        len(secret)  # reads it now
    yield


app = FastAPI(lifespan=lifespan)


def authorized(authorization: str = Header("")) -> None:
    if not hmac.compare_digest(authorization.encode(), f"Bearer {web['API_TOKEN']}".encode()):
        raise HTTPException(401)


@app.get("/database", dependencies=[Depends(authorized)])
async def database() -> dict[str, str]:
    return {"host": db["PGHOST"]}
