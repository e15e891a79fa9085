// ONNX Runtime's side of scripts/bench-model: runs a model as often as each line on standard input says, and prints the
// times. Arguments: the onnxruntime-node folder, MODEL.onnx, file of raw floats, their shape as JSON, file for the first
// output, number of threads.
'use strict';
const fs = require('fs');
const readline = require('readline');
const [, , folder, model, input, shape, output, threads] = process.argv;
const runtime = require(folder);

async function main() {
  const session = await runtime.InferenceSession.create(model, {
    intraOpNumThreads: Number(threads),
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    // Its threads may spin during a run, but not into the other's turn.
    extra: {session: {force_spinning_stop: '1'}},
  });
  const bytes = fs.readFileSync(input);
  const floats = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const feeds = {[session.inputNames[0]]: new runtime.Tensor('float32', floats, JSON.parse(shape))};
  const first = (await session.run(feeds))[session.outputNames[0]].data;
  fs.writeFileSync(output, Buffer.from(first.buffer, first.byteOffset, first.byteLength));
  console.log('ready');

  for await (const line of readline.createInterface({input: process.stdin})) {
    const times = {wall_ms: [], cpu_ms: []};
    for (let i = 0; i < Number(line); ++i) {
      const cpu = process.cpuUsage();
      const start = process.hrtime.bigint();
      await session.run(feeds);
      times.wall_ms.push(Number(process.hrtime.bigint() - start) / 1e6);
      const used = process.cpuUsage(cpu);
      times.cpu_ms.push((used.user + used.system) / 1e3);
    }
    console.log(JSON.stringify(times));
  }
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
