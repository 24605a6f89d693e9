// The socket of a page: it carries hints {topic, version} and nothing else. It comes back by itself, ever more patiently.
const FIRST = 500;
const LONGEST = 10_000;
const SIGNED_OUT = 4401;

export class HintSocket {
  constructor(url, { topics, hint, up, down }) {
    Object.assign(this, { url, topics, hint, up, down, wait: FIRST });
    this.open();
  }

  open() {
    this.socket = new WebSocket(this.url);
    this.socket.onopen = () => {
      this.wait = FIRST;
      this.sent = "";
      this.subscribe();
      this.up();
    };
    this.socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.topic) this.hint(message.topic);
    };
    this.socket.onclose = ({ code }) => {
      this.down(code === SIGNED_OUT);
      if (code !== SIGNED_OUT) this.later();
    };
  }

  subscribe() {
    const message = JSON.stringify({ subscribe: this.topics() });
    if (this.socket.readyState !== WebSocket.OPEN || message === this.sent) return;
    this.socket.send(message);
    this.sent = message;
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.open(), this.wait * (0.75 + Math.random() / 2));
    this.wait = Math.min(LONGEST, this.wait * 2);
  }

  now() { // the network is back, or the person is: no need to be patient
    if (this.socket.readyState !== WebSocket.CLOSED) return;
    clearTimeout(this.timer);
    this.open();
  }
}
