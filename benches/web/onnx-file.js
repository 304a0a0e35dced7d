/**
 * YuNet's file says that its input is 640 x 640 and how large every value is then, which onnxruntime insists on. This rewrites an ONNX file so that it
 * says another input, and nothing of other values. The network itself stays the same.
 */

/** Field numbers of onnx.proto. */
const MODEL = { graph: 7 };
const GRAPH = { input: 11, output: 12, valueInfo: 13 };

/** The file for an input of this shape. */
export function withShape(bytes, shape) {
  const model = fields(bytes).map((field) => (field.number === MODEL.graph ? { ...field, value: graph(field.value, shape) } : field));
  return message(model);
}

function graph(bytes, shape) {
  const kept = fields(bytes).filter(({ number }) => number !== GRAPH.valueInfo);
  const changed = kept.map((field) => {
    if (field.number === GRAPH.input) return { ...field, value: described(field.value, shape) };
    if (field.number === GRAPH.output) return { ...field, value: described(field.value) };
    return field;
  });
  return message(changed);
}

/** A ValueInfoProto of the same name with this shape, or without one. */
function described(bytes, shape) {
  const name = fields(bytes).find(({ number }) => number === 1);
  const dimensions = shape?.map((value) => ({ number: 1, value: message([{ number: 1, value }]) }));
  const tensor = [{ number: 1, value: 1 }, ...(dimensions === undefined ? [] : [{ number: 2, value: message(dimensions) }])];
  return message([name, { number: 2, value: message([{ number: 1, value: message(tensor) }]) }]);
}

/** The fields of a protobuf message: numbers (as varints) and byte strings; ONNX's outer messages have no others. */
function fields(bytes) {
  const found = [];
  for (let at = 0; at < bytes.length; ) {
    let key;
    [key, at] = varint(bytes, at);
    let value;
    [value, at] = varint(bytes, at);
    if ((key & 7) === 2) {
      found.push({ number: key >> 3, value: bytes.subarray(at, at + value) });
      at += value;
    } else if ((key & 7) === 0) {
      found.push({ number: key >> 3, value });
    } else {
      throw new Error(`this ONNX file has a field of kind ${key & 7}, which is not known here`);
    }
  }
  return found;
}

function message(all) {
  const parts = all.map(({ number, value }) =>
    typeof value === 'number' ? [bytesOf(number * 8), bytesOf(value)] : [bytesOf(number * 8 + 2), bytesOf(value.length), value],
  );
  const flat = parts.flat();
  const out = new Uint8Array(flat.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of flat) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function varint(bytes, start) {
  let [value, at, factor] = [0, start, 1];
  for (; bytes[at] >= 128; at += 1, factor *= 128) value += (bytes[at] & 127) * factor;
  return [value + bytes[at] * factor, at + 1];
}

function bytesOf(number) {
  const out = [];
  let rest = number;
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128);
  return Uint8Array.from([...out, rest]);
}
