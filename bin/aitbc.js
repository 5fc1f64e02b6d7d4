#!/usr/bin/env node
// Parsed by any Node there is: it must say what it needs before anything newer is loaded.
const needed = 24;
if (Number.parseInt(process.versions.node, 10) < needed) {
  process.stderr.write(
    `error[ERR_NODE]: Cannot run aitbc on Node.js ${process.versions.node}: it needs Node.js ${needed} or newer\n`,
  );
  process.exitCode = 2;
} else {
  await import('../dist/cli/main.js');
}
