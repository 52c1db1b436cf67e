'use strict';
// An SMSC on node-smpp, told what to do by JSON lines on its input and telling on its output what
// came. Like a real one it keeps what it has to hand over until that is answered, over lost
// connections and restarts of its service.

const readline = require('readline');
const smpp = require('smpp');

const OK = smpp.ESME_ROK;
const TEMPORARY = smpp.ESME_RX_T_APPN;
const RECEIPT = 0x04;
const WINDOW = 50;

const options = { system_id: 'maskline', password: 'secret', binds: 0, throttle: 0, receipts: true };
const submitted = [];
const distinct = new Set();
const outgoing = [];
const refused = [];
const sessions = new Set();
let throttled = 0;
let delivered = 0;
let ids = 0x1a2b3c;
let server = null;
let port = 0;

function tell(what) {
  process.stdout.write(JSON.stringify(what) + '\n');
}

function submit(session, pdu) {
  if (options.throttle && ++throttled % options.throttle === 0) {
    session.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED }));
    return;
  }
  const id = ++ids;
  const short = pdu.short_message || {};
  const part = short.udh && short.udh.find((one) => one[0] === 0x00);
  distinct.add(short.message);
  submitted.push({
    from: pdu.source_addr,
    to: pdu.destination_addr,
    text: short.message,
    part: part ? [part[2], part[3], part[4]] : null,
  });
  session.send(pdu.response({ message_id: id.toString(16).toUpperCase() }));
  if (options.receipts && pdu.registered_delivery & 1) {
    const text = `id:${id} sub:001 dlvrd:001 submit date:2611280100 done date:2611280101 ` +
      'stat:DELIVRD err:000 text:-';
    outgoing.push({
      source_addr: pdu.destination_addr,
      destination_addr: pdu.source_addr,
      esm_class: RECEIPT,
      short_message: text,
    });
    pump();
  }
}

function pump() {
  for (const session of sessions) {
    while (outgoing.length && session.inFlight.size < WINDOW) {
      const one = outgoing.shift();
      session.inFlight.add(one);
      session.deliver_sm({ source_addr_ton: 1, dest_addr_ton: 1, data_coding: 0, ...one }, (answer) => {
        session.inFlight.delete(one);
        if (answer.command_status === TEMPORARY) {
          setTimeout(() => { outgoing.push(one); pump(); }, 50);
        } else if (answer.command_status === OK) {
          delivered += 1;
        } else {
          refused.push(answer.command_status);
        }
        pump();
      });
    }
  }
}

function serve(session) {
  session.inFlight = new Set();
  session.on('error', () => {});
  session.on('bind_transceiver', (pdu) => {
    const full = options.binds && sessions.size >= options.binds;
    const known = pdu.system_id === options.system_id && pdu.password === options.password;
    if (full || !known) {
      const status = full ? smpp.ESME_RALYBND : smpp.ESME_RINVPASWD;
      session.send(pdu.response({ command_status: status }));
      return;
    }
    session.send(pdu.response({ system_id: 'node' }));
    sessions.add(session);
    tell({ bound: sessions.size });
    pump();
  });
  session.on('submit_sm', (pdu) => submit(session, pdu));
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu) => { session.send(pdu.response()); session.close(); });
  session.on('close', () => {
    if (!sessions.delete(session)) return;
    // What was not answered is handed over again, and before what came later.
    outgoing.unshift(...session.inFlight);
    session.inFlight.clear();
    tell({ lost: sessions.size });
    pump();
  });
}

function start() {
  server = smpp.createServer({}, serve);
  server.listen(port, '127.0.0.1', () => {
    port = server.address().port;
    tell({ port });
  });
}

function cut() {
  for (const session of [...sessions]) session.socket.destroy();
}

const commands = {
  set(one) { Object.assign(options, one.options); },
  deliver(one) { outgoing.push(...one.messages); pump(); },
  cut,
  restart(one) {
    server.close(() => setTimeout(start, one.ms));
    cut();
  },
  stats() {
    const inFlight = [...sessions].reduce((sum, session) => sum + session.inFlight.size, 0);
    tell({
      submitted: submitted.length,
      distinct: distinct.size,
      delivered,
      waiting: outgoing.length + inFlight,
      refused: refused.length,
    });
  },
  submitted() { tell({ messages: submitted }); },
};

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const one = JSON.parse(line);
  commands[one.do](one);
}).on('close', () => process.exit(0));

start();
