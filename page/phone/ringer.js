// The sound of ringing, made here. Off until somebody asks for it; browsers want that, too.

const PAUSE = 4000; // ms from one ring to the next
const NOTES = [784, 988, 784, 988, 784, 988, 784, 988]; // Hz: two bells, g2 and b2
const NOTE = 0.09; // s

export class Ringer {
  constructor() {
    /** @type {AudioContext | null} */
    this.audio = null;
    this.on = false;
    /** @type {Set<string>} */
    this.ringing = new Set();
    this.timer = 0;
  }

  /** @param {boolean} on */
  turn(on) {
    this.on = on;
    if (on) {
      this.audio ??= new AudioContext();
      this.audio.resume();
    }
    this.look();
  }

  /**
   * @param {string} user
   * @param {boolean} rings
   */
  tell(user, rings) {
    if (rings) this.ringing.add(user);
    else this.ringing.delete(user);
    this.look();
  }

  look() {
    const wanted = this.on && this.ringing.size > 0;
    if (wanted && this.timer === 0) {
      this.ring();
      this.timer = setInterval(() => this.ring(), PAUSE);
    } else if (!wanted && this.timer !== 0) {
      clearInterval(this.timer);
      this.timer = 0;
      this.audio?.suspend();
    }
  }

  ring() {
    const audio = this.audio;
    if (audio === null) return;
    audio.resume();
    NOTES.forEach((pitch, place) => {
      const at = audio.currentTime + 0.05 + place * NOTE;
      const tone = new OscillatorNode(audio, { type: "triangle", frequency: pitch });
      const loud = new GainNode(audio, { gain: 0 });
      loud.gain.setValueAtTime(0, at);
      loud.gain.linearRampToValueAtTime(0.2, at + 0.01);
      loud.gain.exponentialRampToValueAtTime(0.001, at + NOTE * 2);
      tone.connect(loud).connect(audio.destination);
      tone.start(at);
      tone.stop(at + NOTE * 2);
    });
  }
}
