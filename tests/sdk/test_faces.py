"""SearchMediaByFace and SearchMediaClipByFace through the IMS SDK."""

import base64
import json
import unittest

import alibabacloud_ice20201109.models as ims

import schema
import support
from support import COLLINS, LIBRARY, OBAMA, STRANGER, media_ids

OBAMAS = ("barack_obama_1", "barack_obama_2")


class SearchMediaByFace(support.SdkTest):
    def ids(self, body):
        return {media.media_id for media in body.media_info_list}

    def test_a_face_is_found_by_a_file_data_and_http_url(self):
        data = f"data:image/jpeg;base64,{base64.b64encode(OBAMA.read_bytes()).decode()}"
        web = f"{support.photo_server()}/queries/{OBAMA.name}"
        for url in (OBAMA.as_uri(), data, web):
            with self.subTest(url[:16]):
                body = self.call("SearchMediaByFace", face_search_token="by-url", person_image_url=url)
                self.assertEqual((self.ids(body), body.total), (media_ids(*OBAMAS), 2))

    def test_every_field_is_set(self):
        body = self.find(COLLINS, "fields")
        self.assertEqual(schema.unset(body), set())
        self.assertEqual(schema.filled_paths(body), schema.declared_paths(ims.SearchMediaByFaceResponseBody))

    def test_a_stranger_is_not_found_and_the_list_is_empty(self):
        body = self.find(STRANGER, "stranger")
        self.assertEqual((body.media_info_list, body.total), ([], 0))

    def test_pages_split_the_list(self):
        pages = [self.find(OBAMA, "pages", page_no=number, page_size=1) for number in (1, 2, 3)]
        self.assertEqual([len(page.media_info_list) for page in pages], [1, 1, 0])
        self.assertEqual([page.total for page in pages], [2, 2, 2])
        self.assertEqual(self.ids(pages[0]) | self.ids(pages[1]), media_ids(*OBAMAS))

    def test_the_token_stands_for_the_photo(self):
        self.find(OBAMA, "token-für 'alle'&+/")
        again = self.call("SearchMediaByFace", face_search_token="token-für 'alle'&+/", page_no=2, page_size=1)
        self.assertEqual((len(again.media_info_list), again.total), (1, 2))

    def test_entity_type_and_library_narrow_the_search(self):
        obama, collins = support.entity_id("Barack Obama"), support.entity_id("Eileen Collins")
        for parameters, total in (
            ({"entity_id": obama}, 2),
            ({"entity_id": collins}, 0),
            ({"entity_id": ""}, 2),
            ({"media_type": "image"}, 2),
            ({"media_type": "video"}, 0),
            ({"search_lib_name": LIBRARY}, 2),
        ):
            with self.subTest(parameters):
                self.assertEqual(self.find(OBAMA, "narrow", **parameters).total, total)

    def test_custom_filters_namespace_and_moment_narrow_the_search(self):
        for parameters, names in (
            ({"custom_filters": json.dumps({"intField1": 12})}, OBAMAS[:1]),
            ({"custom_filters": json.dumps({"intField1": {"gte": 12, "lte": 13}, "strField1": ["cd", "de"]})}, OBAMAS[1:]),
            ({"namespace": "archive"}, OBAMAS),
            ({"namespace": "space"}, ()),
            ({"utc_create": json.dumps({"gte": 1354800000000, "lte": 1354900000000})}, OBAMAS[:1]),
            ({"utc_create": json.dumps({"lte": 1354800000000})}, OBAMAS[1:]),
        ):
            with self.subTest(parameters):
                self.assertEqual(self.ids(self.find(OBAMA, "filters", **parameters)), media_ids(*names))


class SearchMediaClipByFace(support.SdkTest):
    def setUp(self):
        self.find(OBAMA, "clips")
        (self.media_id,) = media_ids("barack_obama_1")

    def clips(self, **parameters):
        return self.call("SearchMediaClipByFace", **{"face_search_token": "clips", "media_id": self.media_id, **parameters})

    def test_every_field_is_set(self):
        body = self.clips()
        self.assertEqual(schema.unset(body), set())
        self.assertEqual(schema.filled_paths(body), schema.declared_paths(ims.SearchMediaClipByFaceResponseBody))

    def test_the_clip_says_who_where_and_how_sure(self):
        body = self.clips()
        (clip,) = body.media_clip_list
        self.assertEqual((body.total, clip.label_name, clip.category), (1, "Barack Obama", "custom"))
        self.assertEqual(clip.entity_id, support.entity_id("Barack Obama"))
        self.assertTrue(0.5 < clip.score <= 1, clip.score)
        (occurrence,) = clip.occurrences_infos
        self.assertEqual((occurrence.start_time, occurrence.end_time), (0, 0))
        (track,) = occurrence.track_data
        box = track.box_position
        # The face of the photo of 800 x 1000 px, as `visavis faces` gives it: 326, 79, 211 x 289.
        for found, expected in zip((box.x, box.y, box.w, box.h), (326, 79, 211, 289)):
            self.assertAlmostEqual(found, expected, delta=8)

    def test_every_parameter_counts(self):
        collins = support.entity_id("Eileen Collins")
        for parameters, clips, total in (
            ({"page_no": 1, "page_size": 50}, 1, 1),
            ({"page_no": 2}, 0, 1),
            ({"entity_id": support.entity_id("Barack Obama")}, 1, 1),
            ({"entity_id": collins}, 0, 0),
            ({"search_lib_name": LIBRARY}, 1, 1),
            ({"media_id": next(iter(media_ids("eileen_collins")))}, 0, 0),
        ):
            with self.subTest(parameters):
                body = self.clips(**parameters)
                self.assertEqual((len(body.media_clip_list), body.total), (clips, total))


if __name__ == "__main__":
    unittest.main()
