/**
 * What the plugins fetch from, in a process of its own: its sockets are not the host's. It also says how late its own timers were:
 * nothing of the host delays them, only the machine. First a line with its port; for each line of stdin one with milliseconds; ends
 * with its stdin.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';

const TICK = 10;

const say = (number: number): boolean => process.stdout.write(`${number}\n`);
const server = createServer((request, response) => request.pipe(response));
server.listen(0, '127.0.0.1', () => say((server.address() as AddressInfo).port));

let last = performance.now();
let worst = 0;
setInterval(() => {
  const now = performance.now();
  worst = Math.max(worst, now - last - TICK);
  last = now;
}, TICK);
createInterface(process.stdin)
  .on('line', () => {
    say(Math.round(worst));
    worst = 0;
  })
  .once('close', () => process.exit(0));
