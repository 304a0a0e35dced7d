"""What a class of the vendor's SDKs declares, and what of it an answer fills.

A model is an object of such a class: a scalar attribute or one more model or a list of models for each wire name, with the type in the
annotation of its `__init__`. `from_map` takes known names whose value is not null, `to_map` writes what is not None. Paths are made of the
SDK's attribute names: `media_info_list[0].media_basic_info.title`.
"""

import re
import typing

from darabonba.model import DaraModel


def declared(model_class):
    """Attribute -> (type, whether it is a list of that type)."""
    hints = typing.get_type_hints(model_class.__init__)
    fields = {}
    for name, hint in hints.items():
        is_list = typing.get_origin(hint) is list
        fields[name] = (typing.get_args(hint)[0] if is_list else hint, is_list)
    return fields


def is_model(kind):
    return isinstance(kind, type) and issubclass(kind, DaraModel)


def declared_paths(model_class, prefix=""):
    """Every path that a model can have, lists as `[]`. A path of a scalar, of a list or of a model."""
    paths = set()
    for name, (kind, is_list) in declared(model_class).items():
        path = prefix + name + ("[]" if is_list else "")
        paths.add(path)
        if is_model(kind):
            paths |= declared_paths(kind, path + ".")
    return paths


def fields(model, prefix=""):
    """Every (path, value, type) of a model and of those in it; for a list, that of the list and then of its items."""
    for name, (kind, is_list) in declared(type(model)).items():
        path, value = prefix + name, getattr(model, name)
        yield path, value, (list if is_list else kind)
        for place, item in enumerate(value or [] if is_list else [value]):
            inner = f"{path}[{place}]" if is_list else path
            if is_model(kind) and item is not None:
                yield from fields(item, inner + ".")
            elif is_list:
                yield inner, item, kind


def unset(model):
    """The paths of what is None or an empty list."""
    return {path for path, value, _ in fields(model) if value is None or value == []}


def without_places(paths):
    """The same paths with lists as `[]`, as `declared_paths` writes them."""
    return {re.sub(r"\[\d+\]", "[]", path) for path in paths}


def filled_paths(model):
    """The paths of what is there, as `declared_paths` writes them."""
    there = {path + ("[]" if kind is list else "") for path, value, kind in fields(model) if value is not None and value != []}
    return without_places(there)


def mistyped(model):
    """Sentences about values whose type is not the declared one. A whole number may stand for a float, never the other way round."""
    return [
        f"{path}: {value!r} is {type(value).__name__}, not {kind}"
        for path, value, kind in fields(model)
        if value is not None and not fits(value, kind)
    ]


def fits(value, kind):
    if kind is float:
        return type(value) in (int, float)
    if is_model(kind):
        return isinstance(value, kind)
    if typing.get_origin(kind) is dict:
        key_kind, value_kind = typing.get_args(kind)
        inner = value_kind is typing.Any or all(fits(item, value_kind) for item in value.values()) if isinstance(value, dict) else False
        return inner and all(type(key) is key_kind for key in value)
    return type(value) is kind


def differences(a, b, path="$"):
    """Where two JSON values differ, types included: 1, 1.0 and True are three values."""
    if type(a) is not type(b):
        return [f"{path}: {a!r} and {b!r}"]
    if isinstance(a, dict):
        found = [f"{path}.{name}: only {'before' if name in a else 'after'}" for name in sorted(a.keys() ^ b.keys())]
        return found + [line for name in sorted(a.keys() & b.keys()) for line in differences(a[name], b[name], f"{path}.{name}")]
    if isinstance(a, list):
        if len(a) != len(b):
            return [f"{path}: {len(a)} and {len(b)} items"]
        return [line for place, (x, y) in enumerate(zip(a, b)) for line in differences(x, y, f"{path}[{place}]")]
    return [] if a == b else [f"{path}: {a!r} and {b!r}"]


def lost_by_casting(model_class, answer):
    """What is other when an answer is read into the SDK's class and written again."""
    return differences(answer, model_class().from_map(answer).to_map())
