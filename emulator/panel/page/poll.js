// The one long poll: runs while somebody wants news, tells what has happened, and whether the emulator answers.

const LONGEST = 25; // seconds that a request waits for news

export class Poll {
  constructor(tell) {
    this.tell = tell;
    this.wanted = false;
    this.running = false;
    this.up = true;
  }

  want(wanted) {
    this.wanted = wanted;
    if (wanted && !this.running) this.run();
    if (!wanted) this.stop?.abort();
  }

  async run() {
    this.running = true;
    let after = null; // who comes back after a pause reads what is there, not what has been missed
    let pause = 0;
    while (this.wanted) {
      this.stop = new AbortController();
      try {
        const query = after === null ? "wait=0.01" : `after=${after}&wait=${LONGEST}`;
        const response = await fetch(`/events?${query}`, { cache: "no-store", signal: this.stop.signal });
        if (response.status === 401) { this.tell({ kind: "signed-out" }); break; }
        if (response.status === 400) { after = null; continue; } // another run: its numbers are others
        if (!response.ok) throw new Error(`HTTP ${response.status}`);
        const news = await response.json();
        const fresh = after === null || news.lost > 0 || !this.up;
        if (!this.up) this.tell({ kind: "up" });
        this.up = true;
        pause = 0;
        if (fresh) this.tell({ kind: "refresh" });
        else if (news.events.length) this.tell({ kind: "events", events: news.events });
        after = news.last;
      } catch (error) {
        if (error.name === "AbortError") continue;
        if (this.up) this.tell({ kind: "down" });
        this.up = false;
        after = null;
        pause = Math.min(5000, pause * 2 || 500);
        await new Promise((resume) => setTimeout(resume, pause));
      }
    }
    this.running = false;
  }
}
