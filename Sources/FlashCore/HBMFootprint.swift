public import HBMSim

/// What a tensor in HBM is there for.
public enum TensorRole: String, Sendable, CaseIterable {
  /// Given: Q, K, V, dO, mask and bias.
  case input
  /// Asked for: O, and dQ, dK, dV of a backward pass.
  case output
  /// Left by the forward pass for the backward pass, such as P, or ℓ and m.
  case saved
  /// Of use to a later kernel of the same pass alone, such as dP, or partial results.
  case temporary
}

/// What attention keeps in HBM, by tensor.
///
/// Nothing is freed in a run, so this is the sum over all tensors, and the most at any time. A total is
/// the sum of the entries.
public struct HBMFootprint: Sendable, Equatable {
  /// A tensor.
  public struct Entry: Sendable, Hashable {
    /// Its name, type and size.
    public let allocation: TensorAllocation
    /// What it is there for.
    public let role: TensorRole
  }

  /// The tensors, in the order of their addition.
  public private(set) var entries: [Entry] = []

  /// Creates an empty footprint.
  public init() {}

  /// Adds a tensor; elements of the same name, type and role add up.
  public mutating func add(_ allocation: TensorAllocation, as role: TensorRole) {
    let index = entries.firstIndex {
      $0.role == role && $0.allocation.name == allocation.name
        && $0.allocation.elementType == allocation.elementType
    }
    guard let index else {
      entries.append(Entry(allocation: allocation, role: role))
      return
    }
    let sum = TensorAllocation(
      name: allocation.name, elementType: allocation.elementType,
      elements: entries[index].allocation.elements + allocation.elements)
    entries[index] = Entry(allocation: sum, role: role)
  }

  /// All that is kept, in bytes.
  public var bytes: Int { entries.reduce(0) { $0 + $1.allocation.bytes } }

  /// What is kept of a role, in bytes.
  public func bytes(of role: TensorRole) -> Int {
    entries.reduce(0) { $1.role == role ? $0 + $1.allocation.bytes : $0 }
  }

  /// What is kept of a tensor, in bytes.
  public func bytes(of tensor: String) -> Int {
    entries.reduce(0) { $1.allocation.name == tensor ? $0 + $1.allocation.bytes : $0 }
  }

  /// The sum, entry by entry.
  public static func + (a: HBMFootprint, b: HBMFootprint) -> HBMFootprint {
    var sum = a
    for entry in b.entries { sum.add(entry.allocation, as: entry.role) }
    return sum
  }

  /// Whether both say the same of every tensor, in whatever order.
  public static func == (a: HBMFootprint, b: HBMFootprint) -> Bool {
    a.entries.count == b.entries.count && Set(a.entries) == Set(b.entries)
  }
}
