"""A phone's web page on an address of its own, port 80 unless told otherwise, because that is where a registered phone's
page is looked for."""

import base64
import http.server
import socketserver
import threading
import time


class WebPage:
    """Answers with `status` after `delay` seconds, or never when `silent`; wants `credentials` ("user", "password") by
    Basic when they are given. Keeps (path, Authorization) of each request in `requests`."""

    def __init__(self, address, port=80, status=200, delay=0.0, silent=False, credentials=None, location=None):
        outer = self
        self.requests = []
        self.status, self.delay, self.silent = status, delay, silent
        self.credentials, self.location = credentials, location
        self.asked = threading.Event()
        self._ended = threading.Event()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                authorization = self.headers.get("Authorization")
                outer.requests.append((self.path, authorization))
                outer.asked.set()
                if outer.silent:
                    outer._ended.wait()
                    self.close_connection = True
                    return
                time.sleep(outer.delay)
                status = 200 if self.path == outer.location else outer.status
                if outer.credentials and authorization != outer.basic():
                    status = 401
                self.send_response(status)
                if status == 401:
                    self.send_header("WWW-Authenticate", 'Basic realm="snom"')
                if status // 100 == 3:
                    self.send_header("Location", outer.location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
            daemon_threads = True
            block_on_close = False
            request_queue_size = 128

            def server_bind(self):
                socketserver.TCPServer.server_bind(self)  # no look-up of its name
                self.server_name, self.server_port = self.server_address[:2]

        self._server = Server((address, port), Handler)
        self.address = "%s:%d" % self._server.server_address[:2]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def basic(self):
        return "Basic " + base64.b64encode(":".join(self.credentials).encode()).decode()

    def paths(self):
        return [path for path, _ in self.requests]

    def close(self):
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()
