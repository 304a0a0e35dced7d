"""What goes wrong raises the SDK's own exception with our Code, Message and RequestId, and the HTTP status."""

import json
import unittest

from alibabacloud_tea_openapi.exceptions import ClientException
from aliyunsdkcore.acs_exception.exceptions import ServerException

import support
from support import OBAMA, green, plain

REQUEST_ID = r"^[0-9A-Za-z-]{16,64}$"
FACE = {"face_search_token": "errors", "person_image_url": OBAMA.as_uri()}
CLIP = {"face_search_token": "errors", "media_id": "0" * 32}
TASK = {"project_name": "p", "dataset_name": "family"}
ASK = {"project_name": "p", "task_type": "FacesSearching", "task_id": "t"}


def without(parameters, name):
    return {key: value for key, value in parameters.items() if key != name}


class RpcErrors(support.SdkTest):
    def assert_raised(self, status, code, word, action, /, **parameters):
        with self.subTest(f"{action} {code} {word}"):
            with self.assertRaises(ClientException) as raised:
                self.call(action, **parameters)
            error = raised.exception
            self.assertEqual((error.status_code, error.code), (status, code), error.message)
            self.assertRegex(error.request_id, REQUEST_ID)
            self.assertEqual(set(error.data), {"RequestId", "HostId", "Code", "Message", "statusCode"})
            # The SDK makes a sentence of Message and RequestId.
            self.assertEqual(error.message, f"code: {status}, {error.data['Message']} request id: {error.request_id}")
            self.assertIn(word, error.data["Message"])

    def test_what_is_required_is_missed(self):
        for action, parameters, name, code in (
            ("SearchMediaByFace", FACE, "face_search_token", "MissingFaceSearchToken"),
            ("SearchMediaByFace", FACE | {"face_search_token": "never used"}, "person_image_url", "MissingPersonImageUrl"),
            ("SearchMediaClipByFace", CLIP, "face_search_token", "MissingFaceSearchToken"),
            ("SearchMediaClipByFace", CLIP, "media_id", "MissingMediaId"),
            ("CreateFacesSearchingTask", TASK, "project_name", "MissingProjectName"),
            ("CreateFacesSearchingTask", TASK, "dataset_name", "MissingDatasetName"),
            ("GetTask", ASK, "project_name", "MissingProjectName"),
            ("GetTask", ASK, "task_type", "MissingTaskType"),
            ("GetTask", ASK, "task_id", "MissingTaskId"),
            ("ListTasks", {"project_name": "p"}, "project_name", "MissingProjectName"),
        ):
            self.assert_raised(400, code, code.removeprefix("Missing"), action, **without(parameters, name))

    def test_wrong_values_are_named(self):
        for action, wrong, word in (
            ("SearchMediaByFace", {"page_size": 51}, "PageSize"),
            ("SearchMediaByFace", {"page_no": 0}, "PageNo"),
            ("SearchMediaByFace", {"media_type": "audio"}, "MediaType"),
            ("SearchMediaByFace", {"custom_filters": "{"}, "CustomFilters"),
            ("SearchMediaByFace", {"utc_create": '{"gte": "x"}'}, "UtcCreate"),
            ("SearchMediaClipByFace", {"page_size": 0}, "PageSize"),
            ("SearchMedia", {"page_no": 201}, "PageNo"),
            ("SearchMedia", {"match": "title = "}, "column 9"),
            ("SearchMedia", {"match": f"title = '{'x' * 61}'"}, "60"),
            ("SearchMedia", {"match": "(" * 5000 + "title = 'x'" + ")" * 5000}, "Match"),
            ("SearchMedia", {"sort_by": "colour:Desc"}, "SortBy"),
            ("SearchMedia", {"scroll_token": "0" * 31}, "ScrollToken"),
            ("SearchMedia", {"scroll_token": "0" * 32}, "ScrollToken"),
            ("SearchMedia", {"custom_filters": '{"colour": 1}'}, "CustomFilters"),
            ("CreateFacesSearchingTask", {"max_result": 101}, "MaxResult"),
            ("CreateFacesSearchingTask", {"user_data": "x" * 2049}, "UserData"),
            ("GetTask", {"task_type": "ImageProcessing"}, "TaskType"),
            ("ListTasks", {"project_name": "p", "max_results": 101}, "MaxResults"),
            ("ListTasks", {"project_name": "p", "sort": "Size"}, "Sort"),
            ("ListTasks", {"project_name": "p", "order": "up"}, "Order"),
            ("ListTasks", {"project_name": "p", "next_token": "x"}, "NextToken"),
            ("ListTasks", {"project_name": "p", "status": "Done"}, "Status"),
            ("ListTasks", {"project_name": "p", "tag_selector": "x"}, "TagSelector"),
        ):
            right = {"SearchMediaByFace": FACE, "SearchMediaClipByFace": CLIP, "CreateFacesSearchingTask": TASK, "GetTask": ASK}.get(action, {})
            self.assert_raised(400, "InvalidParameter", word, action, **{**right, **wrong})

    def test_unknown_things_are_not_found(self):
        self.find(OBAMA, "errors")
        for action, parameters, code, word in (
            ("SearchMediaClipByFace", CLIP | {"face_search_token": "nobody's"}, "ResourceNotFound", "nobody's"),
            ("SearchMediaClipByFace", CLIP, "ResourceNotFound", CLIP["media_id"]),
            ("GetTask", ASK | {"task_id": "CreateFacesSearchingTask-x"}, "InvalidTaskId.NotFound", "CreateFacesSearchingTask-x"),
            ("SearchMedia", {"search_lib_name": "nowhere"}, "UnknownLibrary", "nowhere"),
            ("SearchMediaByFace", FACE | {"search_lib_name": "nowhere"}, "UnknownLibrary", "nowhere"),
            ("CreateFacesSearchingTask", TASK | {"dataset_name": "nowhere"}, "ResourceNotFound", "nowhere"),
        ):
            self.assert_raised(404, code, word, action, **parameters)

    def test_an_image_that_cannot_be_had_is_named(self):
        for url, word in (
            ((support.SAMPLES / "queries/nobody.jpg").as_uri(), "nobody.jpg"),
            (f"{support.photo_server()}/queries/nobody.jpg", "nobody.jpg"),
            ("data:image/jpeg;base64,AAAA", ""),
            ((support.SAMPLES / "README.md").as_uri(), "README.md"),
            ((support.SAMPLES / "gallery/chelsea_cat.jpg").as_uri(), ""),
            ("ftp://127.0.0.1/photo.jpg", "ftp"),
        ):
            with self.subTest(url):
                with self.assertRaises(ClientException) as raised:
                    self.call("SearchMediaByFace", face_search_token="no-image", person_image_url=url)
                self.assertIn(word, raised.exception.message)
                self.assertRegex(raised.exception.request_id, REQUEST_ID)

    def test_an_unknown_action_raises(self):
        from alibabacloud_tea_openapi.utils_models import OpenApiRequest, Params
        from darabonba.runtime import RuntimeOptions

        rpc = {"protocol": "HTTPS", "pathname": "/", "method": "POST", "auth_type": "AK", "style": "RPC", "req_body_type": "formData", "body_type": "json"}
        params = Params(action="SearchEverything", version="2020-11-09", **rpc)
        with self.assertRaises(ClientException) as raised:
            support.ims_client().call_api(params, OpenApiRequest(query={}), RuntimeOptions())
        error = raised.exception
        self.assertEqual((error.status_code, error.code), (404, "InvalidAction.NotFound"))
        self.assertIn("SearchEverything", error.message)

    def test_every_way_of_asking_wrongly_is_answered_in_json(self):
        for status, request in (
            (400, {}),
            (404, {"query": {"Action": "SearchEverything"}}),
            (405, {"method": "DELETE", "query": {"Action": "SearchMedia"}}),
            (400, {"path": "/nowhere"}),
            (400, {"query": {"Action": "SearchMedia"}, "body": b"{", "headers": {"Content-Type": "application/json"}}),
        ):
            with self.subTest(request):
                found, answer = plain(**request)
                self.assertEqual((found, set(answer)), (status, {"RequestId", "HostId", "Code", "Message"}))


class FaceServiceErrors(support.SdkTest):
    def assert_raised(self, status, code, word, action, body):
        with self.subTest(f"{action} {body}"):
            with self.assertRaises(ServerException) as raised:
                green(action, body)
            error = raised.exception
            self.assertEqual((error.get_http_status(), error.get_error_code()), (status, code), error)
            self.assertIn(word, error.get_error_msg())
            self.assertRegex(error.get_request_id(), REQUEST_ID)

    def test_wrong_requests_raise(self):
        for action, body, status, code, word in (
            ("GetFaces", {}, 400, "MissingpersonId", "personId"),
            ("GetFaces", {"personId": 5}, 400, "InvalidParameter", "personId"),
            ("GetFaces", {"personId": "nobody"}, 404, "ResourceNotFound", "nobody"),
            ("GetFaces", {"personId": "nobody", "faceIds": "x"}, 400, "InvalidParameter", "faceIds"),
            ("GetFaces", {"personId": "nobody", "faceIds": [1.5]}, 400, "InvalidParameter", "faceIds"),
            ("GetFaces", {"personId": "nobody", "searchLibName": "nowhere"}, 404, "UnknownLibrary", "nowhere"),
            ("GetFaces", [1], 400, "InvalidParameter", "body"),
            ("GetPerson", {"personId": "nobody"}, 404, "ResourceNotFound", "nobody"),
            ("AddFaces", {"personId": "nobody"}, 400, "Missingurls", "urls"),
        ):
            self.assert_raised(status, code, word, action, body)

    def test_the_error_is_in_the_services_own_words_too(self):
        status, answer = plain(path="/green/sface/faces", body=json.dumps({"personId": "nobody"}).encode())
        self.assertEqual((status, answer["code"], answer["msg"]), (404, 404, answer["Message"]))
        self.assertEqual((answer["requestId"], answer["Code"]), (answer["RequestId"], "ResourceNotFound"))

    def test_an_unknown_path_and_method_are_answered_in_json(self):
        for request, status in (({"path": "/green/sface/nothing"}, 400), ({"path": "/green/sface/faces", "method": "GET"}, 405)):
            found, answer = plain(**request)
            self.assertEqual((found, {"Code", "Message", "RequestId"} <= set(answer)), (status, True), answer)


if __name__ == "__main__":
    unittest.main()
