"""docs/openapi.json, and what it says of a request and its answer."""

import datetime
import functools
import json
import urllib.parse

import jsonschema

from programs import HOME

FILE = HOME / "docs" / "openapi.json"
METHODS = ("get", "put", "post", "delete", "patch")
PROBLEM = "application/problem+json"
# What any answer may have: framing, and what browsers and caches are told.
UNDESCRIBED_HEADERS = {"date", "server", "connection", "content-type", "content-length", "transfer-encoding",
                       "cache-control", "content-security-policy", "x-content-type-options", "x-frame-options",
                       "referrer-policy", "cross-origin-resource-policy", "cross-origin-opener-policy", "vary", "allow",
                       "permissions-policy"}

# Of longer bodies, as of ten thousand phones, the form is judged elsewhere: it takes long.
LONGEST_JUDGED = 65536

_formats = jsonschema.FormatChecker(formats=())


@_formats.checks("date-time", raises=ValueError)
def _is_time(value):
    if isinstance(value, str):
        if not value.endswith("Z"):
            raise ValueError(f"{value}: no time in UTC")
        datetime.datetime.fromisoformat(value.removesuffix("Z"))
    return True


class Description:
    def __init__(self):
        self.document = json.loads(FILE.read_text())
        self.operations = {(method.upper(), path): operation
                           for path, item in self.document["paths"].items()
                           for method, operation in item.items() if method in METHODS}

    def resolved(self, part):
        while "$ref" in part:
            where = self.document
            for name in part["$ref"].removeprefix("#/").split("/"):
                where = where[name]
            part = where
        return part

    def path_of(self, raw_path):
        """The path as the file has it, of one as it was sent; None: there is none."""
        if "://" in raw_path:  # in absolute form (RFC 9112 section 3.2.2)
            raw_path = "/" + raw_path.split("/", 3)[-1]
        asked = [urllib.parse.unquote(part) for part in raw_path.split("?")[0].split("/")]

        def fits(path):
            parts = path.split("/")
            return len(parts) == len(asked) and all(
                there != "" if part.startswith("{") else part == there for part, there in zip(parts, asked))
        # One without a variable goes before one with.
        return next((path for path in sorted(self.document["paths"], key=lambda path: path.count("{")) if fits(path)), None)

    def methods_of(self, path):
        """As Allow has them."""
        methods = [method for method, of in self.operations if of == path]
        return {*methods, *(["HEAD"] if "GET" in methods and not path.startswith("/press/") else [])}

    def responses(self, operation):
        """Status to response, "default" among them, references followed."""
        return {status: self.resolved(response) for status, response in operation["responses"].items()}

    def response(self, operation, status):
        """The response that the file has for that status; None: it has none."""
        known = self.responses(operation)
        if str(status) in known:
            return known[str(status)]
        default = known.get("default")
        return default if default and status in default["x-statuses"] else None

    def hold(self, method, path, status, headers, body):
        """Fails if the file does not describe such an answer to such a request."""
        what = f"{method} {path} -> {status}"
        described = self.path_of(path)
        if described is None:
            assert status in (400, 401, 403, 404, 405, 413, 429, 503), f"{what}: of a path that the file has not"
            return self._hold_problem(what, method, headers, body)
        operation = self.operations.get(("GET" if method == "HEAD" else method, described))
        if operation is None or (method == "HEAD" and status == 405):
            assert status in (400, 401, 403, 405, 413, 429, 503), f"{what}: of a method that the file has not"
            if status == 405:
                assert set(headers["Allow"].split(", ")) == self.methods_of(described), f"{what}: {headers['Allow']}"
            return self._hold_problem(what, method, headers, body)
        response = self.response(operation, status)
        assert response is not None, f"{what}: the file has no such status"
        self._hold_headers(what, response, headers)
        content = response.get("content", {})
        media = headers.get("Content-Type", "").split(";")[0]
        if method == "HEAD" or status == 304:
            assert not body, f"{what}: there is a body"
            return None
        assert media in content or (not content and not body), f"{what}: the file has no {media}, it has {list(content)}"
        if media.endswith("json") and len(body) <= LONGEST_JUDGED:
            self._hold_json(what, json.loads(body), content[media]["schema"])
        return None

    def hold_event(self, name, data):
        """Fails if the file does not describe an event of that name with such data."""
        content = self.operations["GET", "/v1/events"]["responses"]["200"]["content"]
        schemas = content["text/event-stream"]["x-events"]
        assert name in schemas, f"the file has no event {name}"
        self._hold_json(f"event {name}", data, schemas[name])

    def _hold_problem(self, what, method, headers, body):
        assert headers.get("Content-Type") == PROBLEM, f"{what}: {headers.get('Content-Type')}"
        if method != "HEAD":
            self._hold_json(what, json.loads(body), {"$ref": "#/components/schemas/Problem"})

    def _hold_headers(self, what, response, headers):
        described = response.get("headers", {})
        there = {name.lower() for name in headers.keys()} - UNDESCRIBED_HEADERS
        unknown = there - {name.lower() for name in described}
        assert not unknown, f"{what}: the file has no header {unknown}"
        for name, header in described.items():
            if self.resolved(header).get("required"):
                assert name in headers, f"{what}: no header {name}"

    def _hold_json(self, what, value, schema):
        whole = {**schema, "components": self.document["components"]}
        errors = sorted(jsonschema.Draft202012Validator(whole, format_checker=_formats).iter_errors(value), key=str)
        assert not errors, f"{what}: {errors[0].message} at {list(errors[0].absolute_path)}"
        unknown = list(self._undescribed(value, [schema], ""))
        assert not unknown, f"{what}: the file has no {unknown}"

    def _undescribed(self, value, schemas, where):
        """Members of `value` that none of these schemas, which count together, has."""
        schemas = list(self._parts(schemas))
        if any(not schema for schema in schemas):
            return  # anything goes
        if isinstance(value, list):
            items = [schema["items"] for schema in schemas if "items" in schema]
            for index, item in enumerate(value):
                yield from self._undescribed(item, items, f"{where}/{index}")
        if isinstance(value, dict):
            for name, member in value.items():
                known = [schema["properties"][name] for schema in schemas if name in schema.get("properties", {})]
                known += [schema["additionalProperties"] for schema in schemas
                          if isinstance(schema.get("additionalProperties"), dict)]
                if not known:
                    yield f"{where}/{name}"
                else:
                    yield from self._undescribed(member, known, f"{where}/{name}")

    def _parts(self, schemas):
        for schema in schemas:
            schema = self.resolved(schema)
            yield schema
            yield from self._parts(schema.get("allOf", []))
            yield from self._parts(schema.get("anyOf", []))


@functools.cache
def description():
    return Description()
