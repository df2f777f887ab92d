"""The page that snomd serves, as a browser gets it: ./run test-page drives it."""

import re

TOKEN = "0123456789abcdef"


def test_the_page_is_given_with_its_policy_and_not_twice(house):
    snomd = house.snomd()
    answer = snomd.request("GET", "/")
    assert answer.status == 200 and answer.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self';") and "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    files = re.findall(r'"(/page/[^"]+)"', answer.body)
    assert "/page/main.js" in files
    for file in files:
        got = snomd.request("GET", file)
        assert got.status == 200, file
        again = snomd.request("GET", file, headers={"If-None-Match": got.headers["ETag"]})
        assert (again.status, again.body) == (304, ""), file
    assert snomd.request("HEAD", "/").headers["ETag"] == answer.headers["ETag"]
    assert snomd.request("GET", "/page/../snomd.toml").status == 404
    assert snomd.request("POST", "/").status == 405


def test_the_page_needs_no_token_and_what_it_shows_does(house):
    (house.folder / "token").write_text(TOKEN + "\n")
    snomd = house.snomd(http='listen = "127.0.0.1:0"\ntoken_file = "token"')
    for path in ("/", "/page/main.js"):
        assert snomd.request("GET", path).status == 200, path
    for path in ("/v1/status", "/v1/models", "/v1/models/D865"):
        assert snomd.request("GET", path).status == 401, path
        assert snomd.request("GET", path, headers={"Authorization": f"Bearer {TOKEN}"}).status == 200, path
