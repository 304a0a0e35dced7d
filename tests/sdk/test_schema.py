"""The checks themselves: what they must find, they find. Needs no server."""

import unittest

import alibabacloud_ice20201109.models as ims
import alibabacloud_imm20200930.models as imm

import schema

CLIPS = ims.SearchMediaClipByFaceResponseBody
WHOLE = {
    "Code": "200",
    "RequestId": "r",
    "Success": "true",
    "Total": 1,
    "MediaClipList": [
        {
            "Category": "custom",
            "EntityId": "e",
            "LabelName": "n",
            "Score": 0.5,
            "OccurrencesInfos": [
                {"StartTime": 0, "EndTime": 1.5, "Expression": "Calm", "TrackData": [{"Timestamp": 0.0, "BoxPosition": {"X": 1, "Y": 2, "W": 3, "H": 4}}]}
            ],
        }
    ],
}


def changed(change):
    import copy

    answer = copy.deepcopy(WHOLE)
    change(answer)
    return answer


class Schema(unittest.TestCase):
    def test_a_whole_answer_is_read_and_written_without_loss(self):
        self.assertEqual(schema.lost_by_casting(CLIPS, WHOLE), [])
        model = CLIPS().from_map(WHOLE)
        self.assertEqual((schema.unset(model), schema.mistyped(model)), (set(), []))
        self.assertEqual(schema.filled_paths(model), schema.declared_paths(CLIPS))

    def test_unknown_fields_nulls_and_absent_lists_are_losses(self):
        for change, path in (
            (lambda a: a.update(Extra=1), "$.Extra: only before"),
            (lambda a: a.update(Total=None), "$.Total: only before"),
            (lambda a: a.pop("MediaClipList"), "$.MediaClipList: only after"),
            (lambda a: a["MediaClipList"][0].pop("OccurrencesInfos"), "$.MediaClipList[0].OccurrencesInfos: only after"),
        ):
            self.assertEqual(schema.lost_by_casting(CLIPS, changed(change)), [path])

    def test_whatever_is_not_filled_is_named(self):
        model = CLIPS().from_map(changed(lambda a: a["MediaClipList"][0]["OccurrencesInfos"][0]["TrackData"][0].pop("BoxPosition")))
        self.assertEqual(schema.unset(model), {"media_clip_list[0].occurrences_infos[0].track_data[0].box_position"})
        empty = CLIPS().from_map({**WHOLE, "MediaClipList": []})
        self.assertEqual(schema.unset(empty), {"media_clip_list"})
        self.assertNotIn("media_clip_list[].score", schema.filled_paths(empty))

    def test_wrong_types_are_named(self):
        for change, path in (
            (lambda a: a.update(Code=200), "code: 200 is int"),
            (lambda a: a.update(Success=True), "success: True is bool"),
            (lambda a: a.update(Total=1.0), "total: 1.0 is float"),
            (lambda a: a["MediaClipList"][0].update(Score="0.5"), "media_clip_list[0].score: '0.5' is str"),
            (lambda a: a["MediaClipList"][0].update(Score=True), "media_clip_list[0].score: True is bool"),
        ):
            (found,) = schema.mistyped(CLIPS().from_map(changed(change)))
            self.assertTrue(found.startswith(path), found)

    def test_maps_are_checked_by_their_keys_and_values(self):
        self.assertEqual(schema.mistyped(imm.GetTaskResponseBody(tags={"a": 1})), [])
        self.assertEqual(len(schema.mistyped(imm.GetTaskResponseBody(tags=[1]))), 1)
        self.assertEqual(len(schema.mistyped(imm.GetTaskResponseBody(tags={1: "a"}))), 1)

    def test_differences_tell_one_from_one_point_zero_and_true(self):
        self.assertEqual(len(schema.differences({"a": [1, 1, 1]}, {"a": [1, 1.0, True]})), 2)
        self.assertEqual(schema.differences([1], [1, 2]), ["$: 1 and 2 items"])


if __name__ == "__main__":
    unittest.main()
