#!/usr/bin/env python3
"""Posts a text to chats, takes it back when Enter is pressed, and shows how that goes. Plain HTTP, no packages.

    RECALLBOT_API_URL=https://bot.example.com RECALLBOT_API_TOKEN=rb_... broadcast.py "The text" oc_… oc_…
"""

import json
import os
import sys
import urllib.error
import urllib.request
import uuid

BASE = os.environ["RECALLBOT_API_URL"].rstrip("/") + "/api/v1"


def call(method, path, body=None, **headers):
    """Makes one call and gives the open answer; errors hold problem details (RFC 9457)."""
    request = urllib.request.Request(BASE + path, method=method, data=json.dumps(body).encode() if body else None)
    request.add_header("Authorization", "Bearer " + os.environ["RECALLBOT_API_TOKEN"])
    if body:
        request.add_header("Content-Type", "application/json")
    for name, value in headers.items():
        request.add_header(name.replace("_", "-"), value)
    try:
        return urllib.request.urlopen(request, timeout=60)
    except urllib.error.HTTPError as error:
        sys.exit(f"{method} {path}: {error.code} {error.read().decode()}")


def main():
    text, chats = sys.argv[1], sys.argv[2:]
    # The key makes the call one that may be sent again; with Prefer the answer waits until all is sent.
    with call("POST", "/posts", {"chats": chats, "text": text}, Idempotency_Key=str(uuid.uuid4()), Prefer="wait=20") as answer:
        posted = json.load(answer)
    for post in posted["posts"]:
        print(post["chat_id"], post["state"])

    input("Press Enter to take it back. ")
    with call("DELETE", "/groups/" + posted["group"]) as answer:
        recall = json.load(answer)
    with call("GET", f"/recalls/{recall['id']}/events", Accept="text/event-stream") as stream:
        for line in stream:
            if line.startswith(b"data:"):
                recall = json.loads(line[len(b"data:"):])
                print(f"{recall['settled']} of {recall['total']}", recall["state"])
    if recall["state"] != "done":
        sys.exit(1)


if __name__ == "__main__":
    main()
