// How many points to draw while the view moves: as many as this machine draws in a frame.

const LEAST = 20000
const SLOW = 60 // ms a frame
const FAST = 30

export class Pace {
  rest = 60 // ms without movement until everything is drawn again
  budget = 150000

  points(n) { return Math.min(n, Math.round(this.budget)) }

  // Called after a frame that moved: how late the next one is says what this one cost.
  measure(now, n) {
    requestAnimationFrame((next) => {
      const took = next - now
      if (took > SLOW) this.budget = Math.max(LEAST, Math.min(this.budget, n) * 0.7)
      else if (took < FAST) this.budget = Math.min(Math.max(n, LEAST), this.budget * 1.25)
    })
  }
}
