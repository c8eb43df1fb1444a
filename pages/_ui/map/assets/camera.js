// Which part of the data is in view: a centre and a zoom, 1 when the whole area fits.

const LEAST_ZOOM = 0.5
const MOST_ZOOM = 2000

export class Camera {
  constructor() {
    this.width = this.height = 1 // CSS pixels
    this.area = [-1, -1, 2] // left, bottom, side of the square that holds all points
    this.reset()
  }

  reset() {
    const [left, bottom, side] = this.area
    this.x = left + side / 2
    this.y = bottom + side / 2
    this.zoom = 1
  }

  get scale() { // CSS pixels a unit of data
    return (this.zoom * Math.min(this.width, this.height)) / this.area[2]
  }

  toScreen(x, y) {
    return [this.width / 2 + (x - this.x) * this.scale, this.height / 2 - (y - this.y) * this.scale]
  }

  toData(left, top) {
    return [this.x + (left - this.width / 2) / this.scale, this.y - (top - this.height / 2) / this.scale]
  }

  // What lies under (left, top) stays there.
  zoomBy(factor, left = this.width / 2, top = this.height / 2) {
    const [x, y] = this.toData(left, top)
    this.zoom = Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, this.zoom * factor))
    const [nowX, nowY] = this.toData(left, top)
    this.moveTo(this.x + x - nowX, this.y + y - nowY)
  }

  panBy(right, down) {
    this.moveTo(this.x - right / this.scale, this.y + down / this.scale)
  }

  moveTo(x, y) { // the centre stays over the area, so nobody gets lost
    const [left, bottom, side] = this.area
    this.x = Math.min(left + side, Math.max(left, x))
    this.y = Math.min(bottom + side, Math.max(bottom, y))
  }
}
