// ONNX Runtime's side of scripts/check-onnx --networks. Arguments: the onnxruntime-node folder, and a file with
// {"model": FILE, "bound": {NAME: [numbers]}, "inputs": {NAME: FILE.npy}, "outputs": [FILE.npy of ours, in order]}.
// Prints {"outputs": [{"name", "shape", "difference", "largest", "why"}]}: the largest difference and the largest value of
// theirs, or why they cannot be compared. Values that are not finite have to be the same ones.
'use strict';
const fs = require('fs');
const [, , folder, file] = process.argv;
const runtime = require(folder);

const ARRAYS = {'<f4': Float32Array, '<f8': Float64Array, '<i8': BigInt64Array, '<i4': Int32Array, '<i2': Int16Array,
  '|i1': Int8Array, '|u1': Uint8Array, '|b1': Uint8Array};
const TYPES = {float32: Float32Array, float64: Float64Array, int64: BigInt64Array, int32: Int32Array, int16: Int16Array,
  int8: Int8Array, uint8: Uint8Array, bool: Uint8Array};

function readNpy(path) {
  const bytes = fs.readFileSync(path);
  const wide = bytes[6] > 1;
  const length = wide ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8);
  const begin = (wide ? 12 : 10) + length;
  const header = bytes.toString('latin1', wide ? 12 : 10, begin);
  const type = ARRAYS[/'descr': '([^']+)'/.exec(header)[1]];
  const shape = (/'shape': \(([^)]*)\)/.exec(header)[1].match(/\d+/g) || []).map(Number);
  const whole = bytes.buffer.slice(bytes.byteOffset + begin, bytes.byteOffset + bytes.length);
  return {shape, data: new type(whole)};
}

function numbersOf(tensor) {
  if (tensor.type !== 'float16' || !(tensor.data instanceof Uint16Array)) return tensor.data;
  return Float32Array.from(tensor.data, (bits) => {
    const exponent = bits >> 10 & 31, fraction = bits & 1023, sign = bits >> 15 ? -1 : 1;
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * fraction / 1024);
  });
}

function compare(name, tensor, ours) {
  const theirs = numbersOf(tensor), out = {name, shape: tensor.dims, difference: 0, largest: 0};
  if (ours.shape.join('x') !== tensor.dims.join('x'))
    return {...out, why: `it is ${ours.shape.join('x')}, not ${tensor.dims.join('x')}`};
  for (let i = 0; i < theirs.length; ++i) {
    const a = Number(ours.data[i]), b = Number(theirs[i]);
    if (Number.isFinite(b)) out.largest = Math.max(out.largest, Math.abs(b));
    if (Object.is(a, b) || a === b) continue;
    if (!Number.isFinite(a) || !Number.isFinite(b)) return {...out, why: `element ${i} is ${a}, not ${b}`};
    out.difference = Math.max(out.difference, Math.abs(a - b));
  }
  return out;
}

async function main() {
  const told = JSON.parse(fs.readFileSync(file, 'utf8'));
  const session = await runtime.InferenceSession.create(told.model, {logSeverityLevel: 3});
  const feeds = {};
  for (const {name, type, shape} of session.inputMetadata) {
    if (told.inputs[name]) {
      const {data, shape: given} = readNpy(told.inputs[name]);
      feeds[name] = new runtime.Tensor(type, type in TYPES ? TYPES[type].from(data) : data, given);
    } else if (told.bound[name]) {
      const values = told.bound[name], cast = type === 'int64' ? BigInt : Number;
      feeds[name] = new runtime.Tensor(type, TYPES[type].from(values, (value) => cast(value)), shape.length ? [values.length] : []);
    }
  }
  const results = await session.run(feeds);
  const outputs = session.outputNames.map((name, i) => told.outputs[i]
    ? compare(name, results[name], readNpy(told.outputs[i]))
    : {name, shape: results[name].dims, difference: 0, largest: 0, why: 'it is missing'});
  if (told.outputs.length > outputs.length) outputs.push({name: 'more', difference: 0, largest: 0, why: 'there are more outputs than theirs'});
  console.log(JSON.stringify({outputs}));
}

main().catch((error) => {
  console.error(error.message.split('\n')[0]);
  process.exit(1);
});
