"""getPersonFacesInfo and the operations beside it through the face service's SDK, which has no classes for answers: they are compared whole."""

import base64
import json
import unittest
import urllib.request
import uuid

from aliyunsdkcore.acs_exception.exceptions import ServerException

import support
from support import BIG_FACE_ID, LIBRARY, OBAMA, OWN_LIBRARY, green

CLIENT_INFO = {"userId": "120234234", "userNick": "Mike", "userType": "others"}


class Faces(support.SdkTest):
    def setUp(self):
        self.person = support.entity_id("Barack Obama")

    def items(self, **parameters):
        answer = green("GetFaces", {"personId": self.person, **parameters})
        self.assertEqual(set(answer), {"code", "requestId", "msg", "data"})
        self.assertEqual(set(answer["data"]), {"code", "faceImageItems"})
        self.assertEqual((answer["code"], answer["data"]["code"]), (200, 200))
        self.assertRegex(answer["requestId"], r"^[0-9A-Za-z-]{16,64}$")
        return answer["data"]["faceImageItems"]

    def test_all_faces_of_a_person_with_every_field(self):
        items = self.items()
        labels = [label for media in support.media_by_file().values() for label in media.ai_data.ai_label_info if label.label_id == self.person]
        self.assertEqual({str(item["faceId"]) for item in items}, {label.face_id for label in labels})
        for item in items:
            self.assertEqual({name: type(value) for name, value in item.items()}, {"success": bool, "faceId": int, "url": str})
            self.assertEqual((item["success"], item["faceId"] < 2**53), (True, True))

    def test_the_address_of_a_face_leads_to_its_picture(self):
        for item in self.items():
            with urllib.request.urlopen(item["url"]) as picture:
                self.assertEqual(picture.read(2), b"\xff\xd8")

    def test_some_of_the_faces_in_the_order_that_was_asked(self):
        ids = [item["faceId"] for item in self.items()]
        for asked in (ids[:1], ids[::-1], [str(number) for number in ids]):
            self.assertEqual([item["faceId"] for item in self.items(faceIds=asked)], [int(number) for number in asked])

    def test_an_id_beyond_javascript_numbers_is_not_rounded(self):
        known = self.items()[0]["faceId"]
        for asked in (str(BIG_FACE_ID), BIG_FACE_ID, str(2**64 - 1)):
            with self.subTest(asked):
                items = self.items(faceIds=[known, asked])
                self.assertEqual([(item["faceId"], item["success"]) for item in items], [(known, True), (int(asked), False)])

    def test_the_content_type_and_client_info_do_not_matter(self):
        for content_type, info in ((None, None), ("application/json", CLIENT_INFO), ("application/octet-stream", {}), ("application/json;charset=utf-8", None)):
            with self.subTest(content_type):
                answer = green("GetFaces", {"personId": self.person}, info, content_type)
                self.assertEqual(len(answer["data"]["faceImageItems"]), 2)

    def test_the_library_can_be_named(self):
        self.assertEqual(len(self.items(searchLibName=LIBRARY)), 2)

    def test_persons_of_a_library_of_files_are_read_and_not_changed(self):
        data = green("GetPerson", {"personId": self.person})["data"]
        # Asked for by the entity id, answered by the id of the owner's records.
        self.assertEqual((data["personId"], data["name"]), ("Barack Obama", "Barack Obama"))
        for action, body in (
            ("AddPerson", {"personId": "p", "groupIds": ["g"]}),
            ("SetPerson", {"personId": self.person, "name": "n"}),
            ("DeletePerson", {"personId": self.person}),
            ("AddFaces", {"personId": self.person, "urls": [OBAMA.as_uri()]}),
            ("DeleteFaces", {"personId": self.person, "faceIds": ["1"]}),
            ("AddGroups", {"personId": self.person, "groupIds": ["g"]}),
            ("DeleteGroups", {"personId": self.person, "groupIds": ["g"]}),
        ):
            with self.subTest(action):
                with self.assertRaises(ServerException) as raised:
                    green(action, {"searchLibName": LIBRARY, **body})
                error = raised.exception
                self.assertEqual((error.get_http_status(), error.get_error_code()), (403, "LibraryReadOnly"), error)
                self.assertIn(LIBRARY, error.get_error_msg())


class OwnLibrary(support.SdkTest):
    """A library in the server's memory, which grows and shrinks."""

    def setUp(self):
        self.person, self.group = f"person-{uuid.uuid4()}", f"group-{uuid.uuid4()}"

    def ask(self, action, **body):
        answer = green(action, {"searchLibName": OWN_LIBRARY, **body})
        self.assertEqual((set(answer), answer["code"], answer["data"]["code"]), ({"code", "requestId", "msg", "data"}, 200, 200))
        return answer["data"]

    def faces(self, **body):
        return self.ask("GetFaces", personId=self.person, **body)["faceImageItems"]

    def add_person(self):
        data = self.ask("AddPerson", personId=self.person, groupIds=[self.group], name="Grace", note="navy")
        self.assertEqual((data["personId"], data["groupIds"]), (self.person, [self.group]))

    def test_a_person_comes_changes_and_goes(self):
        self.add_person()
        self.assertEqual(self.ask("SetPerson", personId=self.person, name="Grace Hopper")["personId"], self.person)
        data = self.ask("GetPerson", personId=self.person)
        self.assertEqual((data["name"], data["note"], data["groupIds"]), ("Grace Hopper", "navy", [self.group]))
        self.assertEqual(self.ask("DeletePerson", personId=self.person)["personId"], self.person)
        with self.assertRaises(ServerException) as raised:
            self.ask("GetPerson", personId=self.person)
        self.assertEqual((raised.exception.get_http_status(), raised.exception.get_error_code()), (404, "ResourceNotFound"))

    def test_faces_come_and_go(self):
        self.add_person()
        photo = support.SAMPLES / "queries/stranger_grace_hopper.jpg"
        data = f"data:image/jpeg;base64,{base64.b64encode(OBAMA.read_bytes()).decode()}"
        urls = [photo.as_uri(), f"{support.photo_server()}/gallery/eileen_collins.jpg", data, (support.SAMPLES / "gallery/coffee.jpg").as_uri()]
        added = self.ask("AddFaces", personId=self.person, urls=urls)["faceImageItems"]
        # Three have a face; the coffee has none, and its item says so.
        self.assertEqual([item["success"] for item in added], [True, True, True, False])
        self.assertIn("errorMsg", added[3])
        ids = [item["faceId"] for item in added[:3]]
        self.assertEqual({item["faceId"] for item in self.faces()}, set(ids))
        gone = self.ask("DeleteFaces", personId=self.person, faceIds=[str(ids[0])])
        self.assertEqual(gone["faceIds"], [str(ids[0])])
        items = {item["faceId"]: item["success"] for item in self.faces(faceIds=[str(number) for number in ids])}
        self.assertEqual(items, {ids[0]: False, ids[1]: True, ids[2]: True})

    def test_an_added_face_is_found(self):
        self.add_person()
        self.ask("AddFaces", personId=self.person, urls=[(support.SAMPLES / "gallery/barack_obama_1.jpg").as_uri()])
        body = self.find(OBAMA, f"own-{self.person}", search_lib_name=OWN_LIBRARY)
        self.assertGreaterEqual(body.total, 1)

    def test_groups_hold_persons(self):
        self.add_person()
        other = f"{self.group}-2"
        self.assertIn(other, self.ask("AddGroups", personId=self.person, groupIds=[other])["groupIds"])
        self.assertLessEqual({self.group, other}, set(self.ask("GetGroups")["groupIds"]))
        self.assertEqual(self.ask("GetPersons", groupId=other)["personIds"], [self.person])
        self.ask("DeleteGroups", personId=self.person, groupIds=[other])
        self.assertEqual(self.ask("GetPerson", personId=self.person)["groupIds"], [self.group])

    def test_more_than_twenty_faces_are_refused(self):
        self.add_person()
        with self.assertRaises(ServerException) as raised:
            self.ask("AddFaces", personId=self.person, urls=[OBAMA.as_uri()] * 21)
        self.assertEqual(raised.exception.get_error_code(), "LimitExceededError")

    def test_every_answer_is_what_plain_http_gives(self):
        self.add_person()
        body = json.dumps({"searchLibName": OWN_LIBRARY, "personId": self.person}).encode()
        status, answer = support.plain(path="/green/sface/person", body=body)
        self.assertEqual((status, answer["data"]), (200, self.ask("GetPerson", personId=self.person)))


if __name__ == "__main__":
    unittest.main()
