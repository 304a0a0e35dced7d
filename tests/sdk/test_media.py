"""SearchMedia through the IMS SDK. What stands in `metadata.jsonl` comes back, what can be computed is filled in."""

import base64
import json
import unittest

import alibabacloud_ice20201109.models as ims

import schema
import support
from support import LIBRARY, media_by_file, media_ids

BODY = ims.SearchMediaResponseBody
ALL = ("barack_obama_1", "barack_obama_2", "chelsea_cat", "coffee", "eileen_collins", "joe_biden", "rocket")

# What the photos that metadata.jsonl describes wholly do not have, and why.
NOT_DELETED = {"media_basic_info.deleted_time"}
NOBODY_IS_HEARD = {"ai_data.asr_info"}
NOTHING_TO_READ = {"ai_data.ocr_info"}
# The recording of a speech, the second file of its photo, has both.
STANDS_STILL = {f"file_info_list[0].file_basic_info.{name}" for name in ("duration", "bitrate")}
UNSET = {
    "barack_obama_1.jpg": STANDS_STILL | NOT_DELETED | NOBODY_IS_HEARD | NOTHING_TO_READ,
    "barack_obama_2.jpg": STANDS_STILL | NOTHING_TO_READ,
    "eileen_collins.jpg": STANDS_STILL | NOT_DELETED | NOBODY_IS_HEARD,
    "rocket.jpg": STANDS_STILL | NOT_DELETED | NOBODY_IS_HEARD | NOTHING_TO_READ,
}
# A face that was found has no finer name than its person's, and no words.
UNSET_OF_A_FACE = {f"occurrences[].{name}" for name in ("finegrain_name", "finegrain_id", "content")}
# A thing has no face, hence no picture of it.
UNSET_OF_A_THING = {"face_id", "occurrences[].image"}


class Documents(support.SdkTest):
    def labels(self, name):
        """(things, faces) among the labels of a photo."""
        labels = media_by_file()[name].ai_data.ai_label_info
        return [label for label in labels if label.label_type == "Object"], [label for label in labels if label.label_type != "Object"]

    def test_every_field_of_the_answer_is_filled_by_one_medium_or_another(self):
        body = self.call("SearchMedia", page_size=50)
        self.assertEqual(schema.declared_paths(BODY) - schema.filled_paths(body), set())

    def test_what_a_described_medium_lacks_is_named_with_a_reason(self):
        for name, unset in UNSET.items():
            with self.subTest(name):
                of_labels = "ai_data.ai_label_info["
                self.assertEqual({path for path in schema.unset(media_by_file()[name]) if not path.startswith(of_labels)}, unset)

    def test_what_a_label_lacks_is_named_with_a_reason(self):
        for name in UNSET:
            with self.subTest(name):
                things, faces = self.labels(name)
                self.assertEqual((len(things) > 0, len(faces)), (True, 0 if name == "rocket.jpg" else 1))
                for label in things:
                    self.assertEqual(schema.without_places(schema.unset(label)), UNSET_OF_A_THING, label.label_name)
                for label in faces:
                    self.assertEqual(schema.without_places(schema.unset(label)), UNSET_OF_A_FACE, label.label_name)

    def test_the_owners_words_come_back(self):
        info = media_by_file()["barack_obama_1.jpg"].media_basic_info
        self.assertEqual((info.title, info.cate_id, info.cate_name), ("Official portrait of Barack Obama", 44, "Portraits"))
        self.assertEqual((info.media_tags, info.status, info.namespace), ("president,portrait,White House", "Normal", "archive"))
        self.assertEqual((info.create_time, info.media_type), ("2012-12-06T15:30:00Z", "image"))
        self.assertEqual(json.loads(info.user_data), {"shelf": "A-3", "owner": "archive"})
        self.assertEqual(json.loads(info.snapshots)[0]["count"], "1")
        self.assertEqual(info.input_url, "oss://family-archive/portraits/barack_obama_1.jpg")
        media = media_by_file()["barack_obama_2.jpg"]
        self.assertEqual((media.media_basic_info.status, media.media_basic_info.deleted_time), ("Deleted", "2021-03-01T08:00:00Z"))
        self.assertEqual(json.loads(media.custom_fields), {"intField1": 13, "strField1": "cd", "strField2": "lectern"})
        self.assertEqual(media.ai_data.asr_info[0].content, "We will rebuild, we will recover")
        self.assertEqual(media.ai_rough_data.ai_job_id, "ai-job-0002")
        self.assertEqual({status.index_type: status.index_status for status in media.index_status_list}.get("mm"), "Success")

    def test_what_can_be_computed_is(self):
        media = media_by_file()["barack_obama_1.jpg"]
        file = media.file_info_list[0].file_basic_info
        size = (support.SAMPLES / "gallery/barack_obama_1.jpg").stat().st_size
        self.assertEqual((file.width, file.height, file.file_size, file.region), ("800", "1000", str(size), "cn-shanghai"))
        self.assertIn("jpeg", file.format_name.lower())
        self.assertEqual({status.index_type: status.index_status for status in media.index_status_list}.get("face"), "Success")

    def test_a_face_is_a_label_with_its_picture_and_its_place(self):
        (label,) = self.labels("eileen_collins.jpg")[1]
        self.assertEqual((label.label_name, label.category), ("Eileen Collins", "custom"))
        self.assertRegex(label.face_id, r"^\d+$")
        (occurrence,) = label.occurrences
        self.assertEqual(base64.b64decode(occurrence.image, validate=True)[:2], b"\xff\xd8")
        (track,) = occurrence.tracks
        self.assertEqual(len([float(number) for number in track.position.split(";")]), 4)


class Queries(support.SdkTest):
    def names(self, body):
        by_id = {media.media_id: name.removesuffix(".jpg") for name, media in media_by_file().items()}
        return [by_id[media.media_id] for media in body.media_info_list]

    def matching(self, match):
        return set(self.names(self.call("SearchMedia", match=match, page_size=50)))

    def test_every_field_of_match(self):
        (collins,) = media_ids("eileen_collins")
        for match, names in (
            ("title = 'PORTRAIT'", {"barack_obama_1"}),
            ("description = 'shuttle'", {"eileen_collins"}),
            ("tagList in ('speech', 'rocket')", {"barack_obama_2", "rocket"}),
            (f"mediaId == '{collins}'", {"eileen_collins"}),
            ("cateId == 44", {"barack_obama_1", "eileen_collins", "joe_biden"}),
            ("status == 17", {"barack_obama_2"}),
            ("status in (15, 17)", {"barack_obama_2", "joe_biden"}),
            ("utcCreate = ['1354807800000','1354807800000']", {"barack_obama_1"}),
            ("utcModified = (,1000000000000)", {"eileen_collins"}),
            ("fileInfo.storageLocation == 'oss-cn-hangzhou'", {"rocket"}),
            ("ocrInfo.tracks.content = 'collins'", {"eileen_collins"}),
            ("aiLabelInfo.category == 'Clothing'", {"barack_obama_1", "eileen_collins"}),
            ("aiLabelInfo.label_id == '30310250005'", {"rocket"}),
            (f"aiLabelInfo.label_id == '{support.entity_id('Joe Biden')}'", {"joe_biden"}),
            ("mediaType == 'image'", set(ALL)),
            ("mediaType in ('video', 'audio')", set()),
            ("(title = 'portrait' or title = 'speech') and cateId == 45", {"barack_obama_2"}),
        ):
            with self.subTest(match):
                self.assertEqual(self.matching(match), names)

    def test_quotes_in_a_value_stay_in_the_value(self):
        self.assertEqual(self.matching("""title = "x' or title = 'Rocket" """), set())

    def test_sorting_by_several_keys(self):
        for order, names in (
            ("utcCreate:Asc", ["eileen_collins", "barack_obama_2", "barack_obama_1"]),
            ("utcCreate:Desc", ["barack_obama_1", "barack_obama_2", "eileen_collins"]),
            ("cateId:Desc,utcCreate:Desc", ["barack_obama_2", "barack_obama_1", "eileen_collins"]),
        ):
            with self.subTest(order):
                found = self.call("SearchMedia", match="tagList in ('president','astronaut')", sort_by=order)
                self.assertEqual(self.names(found), names)

    def test_pages_and_scroll_tokens_go_through_all(self):
        order = {"sort_by": "title:Asc", "search_lib_name": LIBRARY}
        everything = self.names(self.call("SearchMedia", page_size=50, **order))
        self.assertEqual(sorted(everything), sorted(ALL))
        paged = [name for number in (1, 2, 3) for name in self.names(self.call("SearchMedia", page_no=number, page_size=3, **order))]
        self.assertEqual(paged, everything)
        page = self.call("SearchMedia", page_size=3, **order)
        scrolled = self.names(page)
        while len(page.media_info_list) == 3:
            self.assertRegex(page.scroll_token, r"^[0-9A-F]{32}$")
            page = self.call("SearchMedia", page_size=3, scroll_token=page.scroll_token, **order)
            self.assertEqual(page.total, len(ALL))
            scrolled += self.names(page)
        self.assertEqual(scrolled, everything)
        self.assertEqual(page.scroll_token, "")

    def test_person_and_custom_fields_narrow_the_list(self):
        for parameters, names in (
            ({"entity_id": support.entity_id("Barack Obama")}, {"barack_obama_1", "barack_obama_2"}),
            ({"custom_filters": '{"intField1":12,"strField1":"abc"}'}, {"barack_obama_1"}),
            ({"custom_filters": '{"intField1":[12,99],"strField1":["abc","xyz"]}'}, {"barack_obama_1", "eileen_collins"}),
            ({"custom_filters": '{"intField1":{"gte":12,"lte":13},"strField2":["lectern","de"],"strField1":"cd"}'}, {"barack_obama_2"}),
        ):
            with self.subTest(parameters):
                self.assertEqual(set(self.names(self.call("SearchMedia", **parameters))), names)


if __name__ == "__main__":
    unittest.main()
