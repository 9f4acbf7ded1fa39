"""Web server and in-process worker in one process: `make run`. Under gunicorn, use `run:app` and `flask worker`."""

import os

from werkzeug.serving import WSGIRequestHandler, make_server

from app import create_app

app = create_app()


class QuietHandler(WSGIRequestHandler):
    """Logs refusals and failures only; one line per page is for the proxy in front."""

    def log_request(self, code="-", size="-") -> None:
        if str(code).startswith("5"):
            super().log_request(code, size)


def main() -> None:
    """Serve on HOST:PORT (127.0.0.1:5000) until Ctrl-C."""
    from app.jobs import start_embedded

    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "5000"))
    consumer = start_embedded(app)
    server = make_server(host, port, app, threaded=True, request_handler=QuietHandler)
    print(f"申报平台已启动：http://{host}:{port}/  （Ctrl-C 停止）", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        consumer.stop()


if __name__ == "__main__":
    main()
