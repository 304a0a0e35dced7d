"""The older RPC form: the action in query or form, GET and POST, by the standard library and by the vendor's older core."""

import json
import unittest

import alibabacloud_ice20201109.models as ims
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.request import CommonRequest

import schema
import support
from support import OBAMA, plain

# What signing adds to every request of the older clients.
SIGNED = {
    "Format": "JSON",
    "RegionId": "cn-shanghai",
    "Timestamp": "2026-11-21T09:12:45Z",
    "SignatureMethod": "HMAC-SHA1",
    "SignatureType": "",
    "SignatureVersion": "1.0",
    "SignatureNonce": "c46320fd7ba4c09d606cbd46f35eec4f",
    "AccessKeyId": "id",
    "Signature": "Gs9oUYlFfC7vshqV6QsiEtvLDeE=",
}
SEARCH = {"Action": "SearchMediaByFace", "Version": "2020-11-09", "FaceSearchToken": "rpc", "PersonImageUrl": OBAMA.as_uri(), "PageSize": "1", **SIGNED}


class PlainRpc(support.SdkTest):
    def test_query_and_form_and_both(self):
        half = {name: SEARCH[name] for name in ("Action", "FaceSearchToken", "PageSize")}
        for request in (
            {"method": "GET", "query": SEARCH},
            {"method": "POST", "query": SEARCH},
            {"method": "POST", "form": SEARCH},
            {"method": "POST", "query": half, "form": {name: value for name, value in SEARCH.items() if name not in half}},
            {"method": "POST", "form": {name: value for name, value in SEARCH.items() if name != "Action"}, "headers": {"x-acs-action": "SearchMediaByFace"}},
        ):
            with self.subTest(str(request)[:60]):
                status, answer = plain(**request)
                self.assertEqual((status, answer.get("Total"), len(answer.get("MediaInfoList", []))), (200, 2, 1), answer)
                self.assertEqual(schema.lost_by_casting(ims.SearchMediaByFaceResponseBody, answer), [])

    def test_booleans_in_any_case(self):
        query = {"Action": "CreateFacesSearchingTask", "ProjectName": "rpc", "DatasetName": "family", "Sources": json.dumps([{"URI": OBAMA.as_uri()}])}
        _, created = plain(query=query)
        for text, asked in (("True", True), ("true", True), ("False", False), ("false", False)):
            with self.subTest(text):
                task = {"ProjectName": "rpc", "TaskType": "FacesSearching", "TaskId": created["TaskId"], "RequestDefinition": text}
                status, answer = plain(method="GET", query={"Action": "GetTask", **task})
                self.assertEqual((status, bool(answer.get("TaskRequestDefinition"))), (200, asked), answer)

    def test_errors(self):
        status, answer = plain(method="GET", query={**SEARCH, "PageSize": "fifty"})
        self.assertEqual((status, answer["Code"]), (400, "InvalidParameter"))
        self.assertIn("PageSize", answer["Message"])


class OlderCore(support.SdkTest):
    def ask(self, method, body=None, **query):
        request = CommonRequest(domain=support.endpoint(), version="2020-11-09", action_name="SearchMedia")
        request.set_method(method)
        request.set_protocol_type("http")
        for name, value in query.items():
            request.add_query_param(name, value)
        for name, value in (body or {}).items():
            request.add_body_params(name, value)
        return json.loads(support.green_client().do_action_with_exception(request))

    def test_get_and_post(self):
        for method, body in (("GET", None), ("POST", {"PageSize": "1"})):
            with self.subTest(method):
                answer = self.ask(method, body, Match="title = 'Collins'")
                self.assertEqual((answer["Total"], len(answer["MediaInfoList"])), (1, 1))

    def test_errors_raise(self):
        with self.assertRaises(ServerException) as raised:
            self.ask("GET", Match="title")
        error = raised.exception
        self.assertEqual((error.get_http_status(), error.get_error_code()), (400, "InvalidParameter"))
        self.assertIn("column", error.get_error_msg())


if __name__ == "__main__":
    unittest.main()
