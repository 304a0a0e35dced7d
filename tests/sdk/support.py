"""The library, the server and the clients that all tests share. One server for a whole run.

VISAVIS_CLI names the command line (`cargo xtask test` sets it): then nothing is skipped. Without it `target/release/visavis` is taken, and the
tests are skipped, with the reason, where that, Node.js or the built npm package is absent.
"""

import atexit
import functools
import itertools
import http.server
import json
import os
import queue
import re
import shutil
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import alibabacloud_ice20201109.client
import alibabacloud_ice20201109.models as ims
import alibabacloud_imm20200930.client
import alibabacloud_imm20200930.models as imm
from alibabacloud_tea_openapi.utils_models import Config
from aliyunsdkcore.client import AcsClient

import schema

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples"
OBAMA, COLLINS, BIDEN = (SAMPLES / "queries" / name for name in ("barack_obama.jpg", "eileen_collins_rendition.jpg", "joe_biden_rendition.jpg"))
STRANGER = SAMPLES / "queries" / "stranger_grace_hopper.jpg"
LIBRARY, OWN_LIBRARY = "family", "own"
# An id as the vendor's service makes them: beyond what a JavaScript number can hold.
BIG_FACE_ID = 23088737259260929
START_SECONDS = 120
READ_MILLISECONDS = 60_000
VERSIONS = {"SearchMedia": "2020-11-09", "SearchMediaByFace": "2020-11-09", "SearchMediaClipByFace": "2020-11-09"}


def absent():
    """What is missing to run at all; None where nothing is."""
    cli = command_line()
    needed = {str(cli): cli.exists(), "node": shutil.which("node"), "pkg/dist": (ROOT / "pkg/dist/index.js").exists()}
    missing = [name for name, there in needed.items() if not there]
    return f"{', '.join(missing)} missing; `cargo xtask build` makes what is not installed" if missing else None


def command_line():
    return Path(os.environ.get("VISAVIS_CLI", ROOT / "target/release/visavis"))


@functools.cache
def server():
    """`http://127.0.0.1:PORT` of a server with the sample gallery in it."""
    folder = Path(tempfile.mkdtemp(prefix="visavis-sdk-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    index = [command_line(), "index", SAMPLES / "gallery", "--people", SAMPLES / "people", "--quiet"]
    subprocess.run([*index, "--metadata", ROOT / "tests/sdk/metadata.jsonl", "--out", folder / "library"], check=True)
    arguments = ["--library", folder / "library", "--name", LIBRARY, "--own", OWN_LIBRARY, "--port", "0"]
    with open(folder / "stderr", "wb") as errors:
        process = subprocess.Popen(["node", ROOT / "pkg/examples/node-server.mjs", *arguments], stdout=subprocess.PIPE, stderr=errors, text=True)
    atexit.register(stop, process)
    lines = queue.Queue()
    read = lambda: [lines.put(line) for line in itertools.chain(iter(process.stdout.readline, ""), [""])]
    threading.Thread(target=read, daemon=True).start()
    try:
        line = lines.get(timeout=START_SECONDS)
    except queue.Empty:
        line = f"nothing within {START_SECONDS} s"
    address = re.fullmatch(r"listening on (http://127\.0\.0\.1:\d+)\n", line)
    if not address:
        process.kill()
        raise RuntimeError(f"the server said {line!r} and {(folder / 'stderr').read_text()!r}")
    return address[1]


def stop(process):
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()


@functools.cache
def photo_server():
    """`http://127.0.0.1:PORT` where `samples/` is."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=SAMPLES)

        def log_message(self, *_):
            pass

    photos = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=photos.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{photos.server_port}"


def endpoint():
    return server().removeprefix("http://")


def config():
    return Config(access_key_id="id", access_key_secret="secret", protocol="http", endpoint=endpoint(), read_timeout=READ_MILLISECONDS)


@functools.cache
def ims_client():
    return alibabacloud_ice20201109.client.Client(config())


@functools.cache
def imm_client():
    return alibabacloud_imm20200930.client.Client(config())


@functools.cache
def green_client():
    return AcsClient("id", "secret", "cn-shanghai", timeout=READ_MILLISECONDS // 1000)


def green(action, body, client_info=None, content_type=None):
    """One operation of the face service through the SDK: the parsed answer."""
    module = __import__(f"aliyunsdkgreen.request.v20180509.{action}Request", fromlist=[action])
    request = getattr(module, f"{action}Request")()
    request.set_endpoint(endpoint())
    request.set_content(json.dumps(body).encode())
    if client_info is not None:
        request.set_ClientInfo(json.dumps(client_info))
    if content_type is not None:
        request.set_content_type(content_type)
    return json.loads(green_client().do_action_with_exception(request))


def plain(method="POST", query=None, form=None, headers=None, path="/", body=None):
    """(status, parsed answer) of a request by the standard library alone."""
    address = f"{server()}{path}?{urllib.parse.urlencode(query or {})}"
    data = urllib.parse.urlencode(form).encode() if form is not None else body
    request = urllib.request.Request(address, data=data, headers=headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=READ_MILLISECONDS / 1000) as response:
            return response.status, json.loads(response.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def wire_query(parameters):
    """The parameters as an SDK writes them into the query."""
    nested = {name: value if isinstance(value, str) else json.dumps(value) for name, value in parameters.items() if isinstance(value, (dict, list))}
    return {name: nested.get(name, str(value)) for name, value in parameters.items()}


class SdkTest(unittest.TestCase):
    """A test against the server."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        reason = absent()
        if reason and "VISAVIS_CLI" in os.environ:
            raise RuntimeError(reason)
        if reason:
            raise unittest.SkipTest(reason)
        server()

    def call(self, action, /, **parameters):
        """An operation through its SDK: the body of the answer, after checks of what holds for every answer."""
        module, client = (ims, ims_client()) if action in VERSIONS else (imm, imm_client())
        request = getattr(module, f"{action}Request")(**parameters)
        method = re.sub(r"(?<!^)(?=[A-Z])", "_", action).lower()
        response = getattr(client, method)(request)
        self.assertEqual(response.status_code, 200)
        self.assert_sound(response.body)
        self.assert_casting_loses_nothing(action, request, type(response.body))
        return response.body

    def assert_sound(self, body):
        self.assertEqual(schema.mistyped(body), [])
        self.assertRegex(body.request_id, r"^[0-9A-Za-z-]{16,64}$")
        if "success" in schema.declared(type(body)):
            self.assertEqual((body.code, body.success.lower()), ("200", "true"))

    def assert_casting_loses_nothing(self, action, request, body_class):
        """Asks the same without the SDK. Making tasks is left out, since that would make another: their test asks itself."""
        if action == "CreateFacesSearchingTask":
            return
        status, answer = plain(query={**wire_query(request.to_map()), "Action": action, "Version": VERSIONS.get(action, "2020-09-30")})
        self.assertEqual(status, 200, answer)
        self.assertEqual(schema.lost_by_casting(body_class, answer), [])

    def find(self, photo, token, /, **parameters):
        return self.call("SearchMediaByFace", face_search_token=token, person_image_url=photo.as_uri(), **parameters)


def eventually(condition, seconds=60):
    """The first true value of a condition that is asked again and again."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.05)


@functools.cache
def media_by_file():
    """File name -> MediaInfo of everything in the library, through the SDK."""
    found = ims_client().search_media(ims.SearchMediaRequest(page_size=50, search_lib_name=LIBRARY)).body.media_info_list
    return {media.file_info_list[0].file_basic_info.file_name.rsplit("/", 1)[-1]: media for media in found}


def media_ids(*names):
    return {media_by_file()[f"{name}.jpg"].media_id for name in names}


def entity_id(name):
    """The id of a person of the library."""
    labels = [label for media in media_by_file().values() for label in media.ai_data.ai_label_info]
    return next(label.label_id for label in labels if label.label_name == name)
