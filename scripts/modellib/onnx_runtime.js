// ONNX Runtime's side of scripts/check-onnx --networks. Arguments: the onnxruntime-node folder, and a file with
// {"model": FILE, "bound": {NAME: [numbers]}, "inputs": {NAME: FILE.npy}, "outputs": [FILE.npy of ours, in order],
// "tolerance": SHARE, "last_bits": SHARE}.
// Prints {"outputs": [{"name", "off", "own", "why"}]}, as shares of the largest value of theirs: how far ours is off; where
// that is more than the tolerance, how far their own answers are from each other when the network is not optimised and when the
// last bits of its input are others, or the steps that they come in; or why the two cannot be compared. Values that are not
// finite have to be the same ones.
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

/// Throws what cannot be compared.
function apart(ours, theirs) {
  let difference = 0, largest = 0;
  for (let i = 0; i < theirs.length; ++i) {
    const a = Number(ours[i]), b = Number(theirs[i]);
    if (Number.isFinite(b)) largest = Math.max(largest, Math.abs(b));
    if (a === b || Object.is(a, b)) continue;
    if (!Number.isFinite(a) || !Number.isFinite(b)) throw new Error(`element ${i} is ${a}, not ${b}`);
    difference = Math.max(difference, Math.abs(a - b));
  }
  return difference === 0 ? 0 : difference / largest;
}

function compare(name, tensor, ours) {
  if (!ours) return {name, why: 'it is missing'};
  if (ours.shape.join('x') !== tensor.dims.join('x')) return {name, why: `it is ${ours.shape.join('x')}, not ${tensor.dims.join('x')}`};
  try {
    return {name, off: apart(ours.data, numbersOf(tensor)), own: 0};
  } catch (error) {
    return {name, why: error.message};
  }
}

/// The step that all of these are multiples of, as a share of the largest, where it is one of a float32 near 1/2. Its sigmoid
/// adds small answers up from numbers of that size: one of 1e-4 comes in steps of 2^-25 and not of 2^-37.
function grain(numbers) {
  let step = Infinity, largest = 0;
  for (const x of numbers) {
    const size = Math.abs(Number(x));
    if (!Number.isFinite(size) || size === 0) continue;
    largest = Math.max(largest, size);
    let power = 2 ** (Math.floor(Math.log2(size)) - 24);  // float32 has 24 bits
    while (Number.isInteger(size / (2 * power))) power *= 2;
    step = Math.min(step, power);
  }
  return largest && step <= 2 ** -24 ? step / largest : 0;
}

/// Each number a little larger or smaller, by turns that look random.
function moved(data, share) {
  let state = 1;
  return data.map((x) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return x * (1 + (state >>> 16 & 1 ? share : -share));
  });
}

async function answers(told, optimised, lastBits) {
  const session = await runtime.InferenceSession.create(told.model,
    {logSeverityLevel: 3, graphOptimizationLevel: optimised ? 'all' : 'disabled'});
  const feeds = {};
  for (const {name, type, shape} of session.inputMetadata) {
    if (told.inputs[name]) {
      const {data, shape: given} = readNpy(told.inputs[name]);
      feeds[name] = new runtime.Tensor(type, lastBits && type === 'float32' ? moved(data, lastBits) : TYPES[type].from(data), given);
    } else if (told.bound[name]) {
      const values = Array.from(told.bound[name], type === 'int64' ? BigInt : Number);
      feeds[name] = new runtime.Tensor(type, TYPES[type].from(values), shape.length ? [values.length] : []);
    }
  }
  const results = await session.run(feeds);
  return session.outputNames.map((name) => ({name, tensor: results[name]}));
}

async function main() {
  const told = JSON.parse(fs.readFileSync(file, 'utf8'));
  const theirs = await answers(told, true, 0);
  const outputs = theirs.map(({name, tensor}, i) => compare(name, tensor, told.outputs[i] && readNpy(told.outputs[i])));
  if (told.outputs.length > outputs.length) outputs.push({name: told.outputs[outputs.length], why: 'ONNX Runtime has no such output'});
  if (outputs.some((each) => each.off > told.tolerance)) {
    for (const others of [await answers(told, false, 0), await answers(told, true, told.last_bits)]) {
      outputs.forEach((each, i) => {
        if (each.off > told.tolerance)
          each.own = Math.max(each.own, grain(numbersOf(theirs[i].tensor)),
            apart(numbersOf(others[i].tensor), numbersOf(theirs[i].tensor)));
      });
    }
  }
  console.log(JSON.stringify({outputs}));
}

main().catch((error) => {
  console.error(error.message.split('\n')[0]);
  process.exit(1);
});
