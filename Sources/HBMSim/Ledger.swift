/// Traffic by phase and by tensor.
///
/// Every total is the sum of the entries, so parts and totals cannot disagree.
public struct Ledger: Sendable, Equatable {
  /// The traffic of one tensor in one phase.
  public struct Entry: Sendable, Equatable {
    /// The phase.
    public let phase: Phase
    /// The tensor's name.
    public let tensor: String
    /// What moved.
    public internal(set) var traffic: Traffic
  }

  /// The entries that are not zero, in the order of their first addition.
  public private(set) var entries: [Entry] = []

  /// Creates an empty ledger.
  public init() {}

  /// Adds traffic of a tensor in a phase.
  public mutating func add(_ traffic: Traffic, phase: Phase, tensor: String) {
    if traffic == .zero { return }
    if let i = entries.firstIndex(where: { $0.phase == phase && $0.tensor == tensor }) {
      entries[i].traffic += traffic
    } else {
      entries.append(Entry(phase: phase, tensor: tensor, traffic: traffic))
    }
  }

  /// All that moved.
  public var total: Traffic { entries.reduce(.zero) { $0 + $1.traffic } }

  /// The phases, in the order in which they first moved something.
  public var phases: [Phase] { unique(entries.map(\.phase)) }

  /// The tensors, in the order in which they were first touched.
  public var tensors: [String] { unique(entries.map(\.tensor)) }

  /// All that moved in a phase.
  public func traffic(in phase: Phase) -> Traffic {
    entries.reduce(.zero) { $1.phase == phase ? $0 + $1.traffic : $0 }
  }

  /// All that moved of a tensor.
  public func traffic(of tensor: String) -> Traffic {
    entries.reduce(.zero) { $1.tensor == tensor ? $0 + $1.traffic : $0 }
  }

  /// The sum, entry by entry.
  public static func + (a: Ledger, b: Ledger) -> Ledger {
    var sum = a
    for entry in b.entries { sum.add(entry.traffic, phase: entry.phase, tensor: entry.tensor) }
    return sum
  }

  /// Whether both say the same of every phase and tensor, in whatever order.
  public static func == (a: Ledger, b: Ledger) -> Bool {
    a.entries.count == b.entries.count && a.entries.allSatisfy { b.entries.contains($0) }
  }
}

private func unique<Element: Hashable>(_ elements: [Element]) -> [Element] {
  var seen: Set<Element> = []
  return elements.filter { seen.insert($0).inserted }
}
