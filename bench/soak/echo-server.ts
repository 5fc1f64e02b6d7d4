/** What the plugins fetch from, in a process of its own: its sockets are not the host's. Says its port; ends with its stdin. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const server = createServer((request, response) => request.pipe(response));
server.listen(0, '127.0.0.1', () => process.stdout.write(String((server.address() as AddressInfo).port)));
process.stdin.resume().once('end', () => process.exit(0));
