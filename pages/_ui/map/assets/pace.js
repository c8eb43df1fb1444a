// How many points to draw in a frame: as many as this machine manages without a stutter.

const LEAST = 50000
const MOST = 4000000
const SLOW = 100 // ms from one frame to the next
const FAST = 50

export class Pace {
  budget = 150000

  // Called in a frame that drew points: how late the next one is says what this one cost.
  measure(now) {
    requestAnimationFrame((next) => {
      const took = next - now
      if (took > SLOW) this.budget = Math.max(LEAST, Math.round(this.budget * 0.7))
      else if (took < FAST) this.budget = Math.min(MOST, Math.round(this.budget * 1.25))
    })
  }
}
