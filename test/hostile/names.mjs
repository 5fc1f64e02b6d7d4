/**
 * For `node --import`: a resolver and an internet of the test's own. `AITBC_TEST_NAMES` is JSON: the answers for each name, in their
 * order, the last again and again. What is public leads to 127.0.0.1, so that nothing leaves this machine.
 */
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

const names = JSON.parse(process.env.AITBC_TEST_NAMES ?? '{}');
const PUBLIC = '93.184.216.34';
const { lookup } = dns;
dns.lookup = (name, options, done) => {
  const answers = names[name];
  if (answers === undefined) {
    lookup(name, options, done);
    return;
  }
  const addresses = answers.length > 1 ? answers.shift() : answers[0];
  process.nextTick(
    done,
    null,
    addresses.map((address) => ({ address, family: 4 })),
  );
};
syncBuiltinESMExports();

const { connect } = net.Socket.prototype;
const onward = (address) => (address === PUBLIC ? '127.0.0.1' : address);
net.Socket.prototype.connect = function (...args) {
  const [options] = Array.isArray(args[0]) ? args[0] : args;
  const resolve = options?.lookup;
  if (resolve) {
    options.lookup = (name, how, done) =>
      resolve(name, how, (error, found, family) => {
        const shown = Array.isArray(found)
          ? found.map((each) => ({ ...each, address: onward(each.address) }))
          : onward(found);
        done(error, shown, family);
      });
  }
  return connect.apply(this, args);
};
