"""CreateFacesSearchingTask, GetTask and ListTasks through the IMM SDK."""

import json
import unittest
import uuid

import alibabacloud_imm20200930.models as imm
from darabonba.runtime import ExtendsParameters, RuntimeOptions

import schema
import support
from support import COLLINS, LIBRARY, OBAMA

USER_DATA = '{"ID": "testuid","Name": "tést-user"}'


def sources(*addresses):
    return [imm.CreateFacesSearchingTaskRequestSources(uri=address) for address in addresses]


class TaskTest(support.SdkTest):
    """A project of its own, since tasks are listed by project."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.project = f"project-{uuid.uuid4()}"

    def create(self, *addresses, tags=None, **parameters):
        whole = {"project_name": self.project, "dataset_name": LIBRARY, "sources": sources(*addresses), **parameters}
        # The SDK's class has no Tags; its options let callers add what it does not know.
        extra = ExtendsParameters(queries={"Tags": json.dumps(tags)}) if tags else None
        request = imm.CreateFacesSearchingTaskRequest(**whole)
        body = support.imm_client().create_faces_searching_task_with_options(request, RuntimeOptions(extends_parameters=extra)).body
        self.assert_sound(body)
        self.assertEqual(schema.unset(body), set())
        self.assertRegex(body.task_id, r"^CreateFacesSearchingTask-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
        return body

    def get(self, task_id, **parameters):
        return self.call("GetTask", project_name=self.project, task_type="FacesSearching", task_id=task_id, **parameters)

    def finished(self, task_id):
        def ended():
            request = imm.GetTaskRequest(project_name=self.project, task_type="FacesSearching", task_id=task_id)
            return support.imm_client().get_task(request).body.status != "Running"

        self.assertTrue(support.eventually(ended), "the task is still running")
        return self.get(task_id, request_definition=True)

    def list(self, **parameters):
        return self.call("ListTasks", **{"project_name": self.project, **parameters})


class Tasks(TaskTest):
    def test_a_task_runs_to_its_end_and_every_field_is_set(self):
        notification = imm.Notification(
            extended_message_uri="http://127.0.0.1:9/message",
            mns=imm.MNS(topic_name="mns-topic"),
            rocket_mq=imm.RocketMQ(instance_id="instance", topic_name="rocket-topic"),
        )
        photos = (OBAMA.as_uri(), f"{support.photo_server()}/queries/{COLLINS.name}")
        created = self.create(*photos, max_result=3, user_data=USER_DATA, notification=notification, tags={"test": "val1"})
        task = self.finished(created.task_id)
        self.assertEqual(schema.unset(task), set())
        # Code and Message say what failed: here nothing did.
        self.assertEqual((task.code, task.message), ("", ""))
        self.assertEqual((task.status, task.progress, task.user_data), ("Succeeded", 100, USER_DATA))
        self.assertEqual((task.task_id, task.project_name, task.task_type), (created.task_id, self.project, "FacesSearching"))
        self.assertEqual((task.event_id, task.tags), (created.event_id, {"test": "val1"}))
        self.assertLessEqual(task.start_time, task.end_time)
        definition = json.loads(task.task_request_definition)
        self.assertEqual((definition["DatasetName"], definition["MaxResult"]), (LIBRARY, 3))
        self.assertEqual(definition["Sources"][0], {"URI": OBAMA.as_uri()})
        self.assertEqual(definition["Notification"]["RocketMQ"], {"InstanceId": "instance", "TopicName": "rocket-topic"})

    def test_casting_the_answer_to_a_new_task_loses_nothing(self):
        query = {"ProjectName": self.project, "DatasetName": LIBRARY, "Sources": [{"URI": OBAMA.as_uri()}], "MaxResult": "5"}
        status, answer = support.plain(query={"Action": "CreateFacesSearchingTask", **support.wire_query(query)})
        self.assertEqual((status, schema.lost_by_casting(imm.CreateFacesSearchingTaskResponseBody, answer)), (200, []))

    def test_the_result_holds_the_most_similar_faces(self):
        task = self.finished(self.create(OBAMA.as_uri(), max_result=1).task_id)
        status, result = support.plain(query={"Action": "GetFacesSearchingResult", "TaskId": task.task_id})
        self.assertEqual(status, 200, result)
        (row,) = result["SimilarFaces"]
        self.assertEqual(row["URI"], OBAMA.as_uri())
        (face,) = row["SimilarFaces"]
        self.assertIn(face["MediaId"], support.media_ids("barack_obama_1", "barack_obama_2"))
        self.assertTrue(0.5 < face["Similarity"] <= 1, face)

    def test_one_bad_source_fails_that_source_and_all_bad_ones_the_task(self):
        absent = (support.SAMPLES / "queries/nobody.jpg").as_uri()
        partly = self.finished(self.create(OBAMA.as_uri(), absent, tags={"a": "b"}, user_data="u").task_id)
        self.assertEqual((partly.status, schema.unset(partly)), ("Succeeded", set()))
        self.assertIn("nobody.jpg", partly.message)
        failed = self.finished(self.create(absent).task_id)
        self.assertEqual((failed.status, failed.code), ("Failed", partly.code))
        # A photo without a face is no source either.
        cat = self.finished(self.create((support.SAMPLES / "gallery/chelsea_cat.jpg").as_uri()).task_id)
        self.assertEqual(cat.status, "Failed")

    def test_the_request_is_answered_only_on_demand(self):
        task_id = self.create(OBAMA.as_uri()).task_id
        self.assertIsNotNone(self.finished(task_id).task_request_definition)
        self.assertFalse(self.get(task_id, request_definition=False).task_request_definition)
        self.assertFalse(self.get(task_id).task_request_definition)


class Lists(TaskTest):
    """Three tasks, the last of which failed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        made = cls()
        made.ids = []
        for place, address in enumerate((OBAMA.as_uri(), COLLINS.as_uri(), (support.SAMPLES / "queries/nobody.jpg").as_uri())):
            task = made.create(address, user_data=f"user {place}", tags={"test": f"val{place}", "all": "yes"})
            made.finished(task.task_id)
            made.ids.append(task.task_id)
        cls.ids = made.ids

    def found(self, **parameters):
        return [task.task_id for task in self.list(**parameters).tasks]

    def test_every_field_of_the_list_is_set(self):
        body = self.list(request_definition=True, status="Failed", max_results=1)
        self.assertEqual(schema.unset(body), set())
        # The list ends here: its NextToken is there, and empty.
        self.assertEqual((body.max_results, body.project_name, body.next_token), ("1", self.project, ""))
        whole = self.list(request_definition=True, max_results=1)
        self.assertNotEqual(whole.next_token, "")
        filled = schema.filled_paths(body) | schema.filled_paths(whole)
        self.assertEqual(schema.declared_paths(imm.ListTasksResponseBody) - filled, set())

    def test_tasks_are_sorted(self):
        for parameters, ids in (
            ({}, sorted(self.ids)),
            ({"sort": "TaskId", "order": "asc"}, sorted(self.ids)),
            ({"sort": "TaskId", "order": "desc"}, sorted(self.ids, reverse=True)),
        ):
            with self.subTest(parameters):
                self.assertEqual(self.found(**parameters), ids)
        for sort, attribute in (("StartTime", "start_time"), ("EndTime", "end_time")):
            for order in ("asc", "desc"):
                moments = [getattr(task, attribute) for task in self.list(sort=sort, order=order).tasks]
                self.assertEqual(moments, sorted(moments, reverse=order == "desc"))

    def test_pages_go_through_all(self):
        token, ids = "", []
        for _ in range(3):
            page = self.list(max_results=1, next_token=token)
            ids += [task.task_id for task in page.tasks]
            token = page.next_token
        self.assertEqual((ids, token), (sorted(self.ids), ""))

    def test_tasks_are_filtered(self):
        (first, second, failed) = self.ids
        for parameters, ids in (
            ({"task_types": ["FacesSearching"]}, self.ids),
            ({"task_types": ["ImageProcessing"]}, []),
            ({"status": "Failed"}, [failed]),
            ({"status": "Succeeded"}, [first, second]),
            ({"status": "Running"}, []),
            ({"tag_selector": "test=val1"}, [second]),
            ({"tag_selector": "test=val1,all=yes"}, [second]),
            ({"tag_selector": "all=no"}, []),
            ({"start_time_range": imm.TimeRange(start="2001-01-01T00:00:00Z")}, self.ids),
            ({"start_time_range": imm.TimeRange(end="2001-01-01T00:00:00Z")}, []),
            ({"end_time_range": imm.TimeRange(start="2001-01-01T00:00:00Z", end="2199-01-01T00:00:00Z")}, self.ids),
            ({"end_time_range": imm.TimeRange(start="2199-01-01T00:00:00Z")}, []),
            ({"project_name": f"another than {self.project}"}, []),
        ):
            with self.subTest({name: str(value) for name, value in parameters.items()}):
                self.assertEqual(self.found(**parameters), sorted(ids))


if __name__ == "__main__":
    unittest.main()
