"""One request to a stack, as its clients send it."""

import json
import os
import urllib.error
import urllib.request


def ask(method, path, token=None, body=None, base=os.environ.get("BASE_URL", "")):
    """(status, JSON or None)"""
    request = urllib.request.Request(base + "/api/v1" + path, method=method)
    if token:
        request.add_header("Authorization", "Bearer " + token)
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read() or "null")
    except urllib.error.HTTPError as e:
        return e.code, json.loads(e.read())
