"""Reads a library with pyarrow alone, as docs/format.md specifies it, and compares it with what a test wrote down.

    pyarrow_reader.py LIBRARY EXPECTED.json [COPY]

EXPECTED.json has the records that the library was built from. Where COPY is given, the library is written there anew
by pyarrow, in record batches of 7 rows, for the Rust reader to open. Ends with 0 where all is equal, with 77 where
pyarrow is not installed.
"""

import hashlib
import json
import math
import pathlib
import sys

try:
    import pyarrow as pa
    import pyarrow.ipc
except ImportError as error:
    print(f"pyarrow is not installed: {error}")
    sys.exit(77)


def read_tables(folder, manifest):
    """The tables of each role, in the manifest's order, after their length and hash were checked."""
    tables = {}
    for entry in manifest["files"]:
        data = (folder / entry["name"]).read_bytes()
        assert len(data) == entry["bytes"], entry["name"]
        assert hashlib.sha256(data).hexdigest() == entry["sha256"], entry["name"]
        assert entry["name"] == f"{entry['role']}-{entry['sha256']}.arrow", entry["name"]
        table = pa.ipc.open_file(pa.BufferReader(data)).read_all()
        table.validate(full=True)
        assert table.num_rows == entry["rows"], entry["name"]
        tables.setdefault(entry["role"], []).append(table)
    return tables


def check_schema(tables, dim):
    """Every column has the type and the nullability of docs/format.md."""
    text, whole, real, single = pa.string(), pa.uint64(), pa.float64(), pa.float32()

    def vector(item, size):
        return pa.list_(pa.field("item", item, nullable=False), size)

    def items(item):
        return pa.list_(pa.field("item", item, nullable=False))

    columns = {
        "faces": [
            ("face_id", whole, False), ("embedding", vector(pa.int8(), dim), False), ("scale", single, False),
            ("media_row", whole, False), ("entity_row", whole, True), ("box", vector(single, 4), False),
            ("start_s", real, True), ("end_s", real, True), ("score", single, False), ("quality", single, False),
            ("expression", text, True),
        ],
        "media": [
            ("media_id", text, False), ("media_type", text, False), ("path", text, False), ("title", text, False),
            ("url", text, True), ("cover", text, True), ("width", whole, False), ("height", whole, False),
            ("bytes", whole, False), ("format", text, False), ("sha256", text, False),
            ("created_ms", pa.int64(), True), ("modified_ms", pa.int64(), True), ("duration_s", real, True),
            ("document", text, False), ("description", text, True), ("tags", items(text), True),
            ("cate_id", pa.int64(), True), ("status", pa.int64(), True), ("storage_location", text, True),
            ("namespace", text, True), ("ocr_texts", items(text), True), ("label_categories", items(text), True),
            ("label_ids", items(text), True), ("int_field1", pa.int64(), True), ("str_field1", text, True),
            ("str_field2", text, True),
        ],
        "people": [
            ("entity_id", text, False), ("label_name", text, False), ("category", text, False),
            ("person_id", text, True), ("face_ids", items(whole), False), ("groups", items(text), True),
            ("note", text, True),
        ],
        "clips": [("face_id", whole, False), ("timestamps_s", items(real), False), ("boxes", items(single), False)],
        "cells": [
            ("shard", whole, False), ("first_row", whole, False), ("rows", whole, False),
            ("centroid", vector(single, dim), False),
        ],
    }
    for role, expected in columns.items():
        for table in tables.get(role, []):
            found = [(field.name, field.type, field.nullable) for field in table.schema]
            assert found == expected, f"{role}: {found}"


def single_precision(value):
    """`value` rounded to a 32-bit float."""
    return pa.array([value], pa.float32())[0].as_py()


def check_faces(tables, expected):
    """Every face has the numbers that the test wrote down. Returns how many there are."""
    media = [row for table in tables["media"] for row in table.to_pylist()]
    people = [row for table in tables["people"] for row in table.to_pylist()]
    faces = [row for table in tables["faces"] for row in table.to_pylist()]
    assert sorted(face["face_id"] for face in faces) == sorted(int(key) for key in expected["faces"])
    for face in faces:
        wanted = expected["faces"][str(face["face_id"])]
        where = f"face {face['face_id']}"
        assert face["embedding"] == wanted["codes"], where
        assert face["scale"] == wanted["scale"], where
        restored = [single_precision(face["scale"] * code) for code in face["embedding"]]
        for found, original in zip(restored, wanted["restored"], strict=True):
            assert abs(found - original) < 1e-6, where
        for found, original in zip(restored, wanted["embedding"], strict=True):
            # Half a step, and what scaling to unit length adds.
            assert abs(found - original) <= 0.51 * face["scale"] + 0.001, where
        assert abs(math.sqrt(sum(number * number for number in restored)) - 1) < 1e-5, where
        assert face["box"] == wanted["box"], where
        assert face["expression"] == wanted["expression"], where
        assert (face["start_s"], face["end_s"]) == (wanted["start_s"], wanted["end_s"]), where
        assert (face["score"], face["quality"]) == (wanted["score"], wanted["quality"]), where
        assert media[face["media_row"]]["media_id"] == wanted["media_id"], where
        person = None if face["entity_row"] is None else people[face["entity_row"]]
        assert (person and person["entity_id"]) == wanted["entity_id"], where
        assert person is None or face["face_id"] in person["face_ids"], where
    return len(faces)


def check_cells(tables):
    """The cells cover each shard, and a face is about as near to its cell's centroid as unit vectors can tell."""
    for cell in (row for table in tables.get("cells", []) for row in table.to_pylist()):
        rows = tables["faces"][cell["shard"]].slice(cell["first_row"], cell["rows"]).to_pylist()
        assert len(rows) == cell["rows"]
        total = [sum(row["scale"] * row["embedding"][i] for row in rows) for i in range(len(cell["centroid"]))]
        length = math.sqrt(sum(number * number for number in total))
        for found, mean in zip(cell["centroid"], total, strict=True):
            assert abs(found - mean / length) < 1e-5, cell["shard"]


def check_tracks(tables, expected):
    """Every track has the times and boxes that the test wrote down, in the files' order. Returns how many there are."""
    tracks = [row for table in tables.get("clips", []) for row in table.to_pylist()]
    for track in tracks:
        assert len(track["boxes"]) == 4 * len(track["timestamps_s"]), track["face_id"]
    assert tracks == expected["tracks"]
    return len(tracks)


def copy(folder, manifest, tables):
    """Writes the library anew, by pyarrow, in record batches of 7 rows."""
    folder.mkdir()
    written = {role: iter(of_role) for role, of_role in tables.items()}
    for entry in manifest["files"]:
        table = next(written[entry["role"]])
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table, max_chunksize=7)
        data = sink.getvalue().to_pybytes()
        digest = hashlib.sha256(data).hexdigest()
        entry.update(name=f"{entry['role']}-{digest}.arrow", bytes=len(data), sha256=digest)
        (folder / entry["name"]).write_bytes(data)
    (folder / "library.json").write_text(json.dumps(manifest), encoding="utf-8")


def main():
    folder = pathlib.Path(sys.argv[1])
    manifest = json.loads((folder / "library.json").read_text(encoding="utf-8"))
    expected = json.loads(pathlib.Path(sys.argv[2]).read_text(encoding="utf-8"))
    assert (manifest["format"], manifest["version"]) == ("visavis-library", 1)
    tables = read_tables(folder, manifest)
    check_schema(tables, manifest["embedder"]["dim"])
    media = [row for table in tables["media"] for row in table.to_pylist()]
    assert media == expected["media"]
    people = [row for table in tables["people"] for row in table.to_pylist()]
    assert [{key: value for key, value in row.items() if key != "face_ids"} for row in people] == expected["people"]
    faces = check_faces(tables, expected)
    tracks = check_tracks(tables, expected)
    check_cells(tables)
    if len(sys.argv) > 3:
        copy(pathlib.Path(sys.argv[3]), manifest, tables)
    counts = f"{len(media)} media, {len(people)} people, {tracks} tracks"
    print(f"equal: {faces} faces in {len(tables['faces'])} shards, {counts}")


if __name__ == "__main__":
    main()
