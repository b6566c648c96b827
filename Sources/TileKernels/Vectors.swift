@_spi(TileStorage) public import HBMSim

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The element-by-element greater of two vectors; where `a` is NaN, `b`.
///
/// - Precondition: They have the same length.
/// - Complexity: An operation an element, no HBM access.
public func max<Elements: Axis>(
  _ a: borrowing TileVector<Elements>, _ b: borrowing TileVector<Elements>
) -> TileVector<Elements> {
  combine(a, b) { $0 > $1 ? $0 : $1 }
}

/// exp(a − m), element by element, where m = −∞ counts as 0: exp(−∞ − (−∞)) is 0.
///
/// - Precondition: They have the same length, and a − m is at most 88.
/// - Complexity: An exponential and an operation an element, no HBM access.
public func exp<Elements: Axis>(
  _ a: borrowing TileVector<Elements>, minus m: borrowing TileVector<Elements>
) -> TileVector<Elements> {
  let result = TileVector<Elements>(rows: a.rows, columns: 1, state: a.state)
  if let source = a.base, let target = result.base {
    target.update(from: source, count: result.stride)
  }
  result.becomeExponential(minus: m)
  return result
}

/// The natural logarithm, element by element; −∞ at 0.
///
/// - Complexity: An operation an element, no HBM access.
public func log<Elements: Axis>(_ a: borrowing TileVector<Elements>) -> TileVector<Elements> {
  combine(a, a) { x, _ in logf(x) }
}

extension Tile where Columns == One {
  /// The element-by-element sum.
  ///
  /// - Precondition: The vectors have the same length.
  /// - Complexity: An operation an element, no HBM access.
  public static func + (a: borrowing Self, b: borrowing Self) -> Self { combine(a, b) { $0 + $1 } }

  /// The element-by-element product.
  ///
  /// - Precondition: The vectors have the same length.
  /// - Complexity: An operation an element, no HBM access.
  public static func * (a: borrowing Self, b: borrowing Self) -> Self { combine(a, b) { $0 * $1 } }
}

@inline(__always)
private func combine<Elements: Axis>(
  _ a: borrowing TileVector<Elements>, _ b: borrowing TileVector<Elements>,
  _ operation: (Float, Float) -> Float
) -> TileVector<Elements> {
  precondition(a.rows == b.rows, "Shape mismatch")
  a.state.pointee.count(Operations(other: a.rows))
  let result = TileVector<Elements>(rows: a.rows, columns: 1, state: a.state)
  if let a = a.base, let b = b.base, let target = result.base {
    for i in 0..<result.stride { target[i] = operation(a[i], b[i]) }
  }
  return result
}
