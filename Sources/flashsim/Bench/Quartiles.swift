/// The middle of a sample, and how far its middle half spreads.
struct Quartiles: Equatable {
  let lower: Double
  let median: Double
  let upper: Double
  /// How many numbers there were.
  let count: Int

  /// The quartiles of numbers, between neighbours linearly: of n numbers in order, that of part p is at
  /// place p · (n − 1), counted from 0. All three are the number itself where there is one alone.
  ///
  /// - Precondition: There is a number.
  init(_ numbers: [Double]) {
    precondition(!numbers.isEmpty, "Quartiles of nothing")
    let sorted = numbers.sorted()
    func number(at part: Double) -> Double {
      let place = part * Double(sorted.count - 1)
      let below = Int(place)
      let above = min(below + 1, sorted.count - 1)
      return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
    }
    lower = number(at: 0.25)
    median = number(at: 0.5)
    upper = number(at: 0.75)
    count = numbers.count
  }

  /// The inter-quartile range as a part of the median.
  var spread: Double { (upper - lower) / median }
}
