extension Claim {
  /// All claims, C1 to C22.
  static let all: [Claim] =
    (exactness + accesses + bounds + profiles + runtimes
    + memory + training).sorted { $0.number < $1.number }

  /// The claim's number.
  private var number: Int { Int(id.dropFirst()) ?? 0 }

  /// The claim of a name, in upper or lower case.
  static func named(_ name: String) -> Claim? { all.first { $0.id == name.uppercased() } }
}
