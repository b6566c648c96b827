internal import Foundation
internal import HBMSim

/// A value that has a place on a line, so that there are ranges of it.
protocol SweepQuantity: ListElement, Equatable {
  /// The place; nil where it has none.
  var number: Double? { get }

  /// The value that is nearest to a place; nil where there is none.
  init?(nearest number: Double)
}

extension Int: SweepQuantity {
  var number: Double? { Double(self) }

  init?(nearest number: Double) { self.init(exactly: number.rounded()) }
}

extension Double: SweepQuantity {
  var number: Double? { self }

  /// Fifteen digits: 0.1 + 0.2 is 0.3.
  init?(nearest number: Double) { self.init(String(format: "%.15g", number)) }
}

extension Capacity: SweepQuantity {
  /// Bytes.
  var number: Double? { byteCount.map(Double.init) }

  /// Whole elements of four bytes.
  init?(nearest number: Double) {
    guard let count = Int(exactly: (number / 4).rounded()), count > 0, count <= Int.max / 4
    else { return nil }
    self = .elements(count)
  }
}
