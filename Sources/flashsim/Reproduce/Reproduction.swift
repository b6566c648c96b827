internal import Foundation

/// A figure, table or theorem of the FlashAttention paper, quantity by quantity, beside what the library
/// counts.
struct Reproduction {
  /// Where a number comes from that is compared with.
  enum Source: String {
    /// The authors print it.
    case printed
    /// Others read it off a plot.
    case plot
    /// It follows from the algorithm's text, and is printed nowhere.
    case derived
  }

  /// What is compared with.
  struct Reference {
    /// The number as it is printed, or as it is read off.
    let text: String
    let value: Double
    let source: Source

    /// A number from its text.
    init(_ text: String, _ source: Source = .printed) {
      guard let value = Double(text) else { preconditionFailure("No number") }
      self.init(text, value, source)
    }

    /// A number that its text says with other words.
    init(_ text: String, _ value: Double, _ source: Source) {
      self.text = text
      self.value = value
      self.source = source
    }
  }

  /// How far a number is the one that is printed.
  enum Agreement: String {
    /// Rounded to the printed digits, halves away from zero, it is the printed number.
    case rounded
    /// Cut off after the printed digits, it is.
    case truncated
    case none
  }

  /// A quantity.
  struct Row {
    let quantity: String
    let reference: Reference?
    /// The value in the unit.
    let ours: Double
    let unit: String
    /// The value as a whole number of bytes, operations or elements, where it is one.
    let count: Int?
    /// The quantities that it is the sum of; none where it is counted.
    let sumOf: [String]

    init(
      _ quantity: String, _ reference: Reference? = nil, _ ours: Double, _ unit: String,
      count: Int? = nil, sumOf: [String] = []
    ) {
      self.quantity = quantity
      self.reference = reference
      self.ours = ours
      self.unit = unit
      self.count = count
      self.sumOf = sumOf
    }

    /// A whole number of bytes or operations, in multiples of a unit.
    init(_ quantity: String, _ reference: Reference? = nil, count: Int, in unit: Unit) {
      self.init(quantity, reference, Double(count) / unit.size, unit.name, count: count)
    }

    /// The sum of other rows.
    init(_ quantity: String, _ reference: Reference? = nil, sum rows: [Row], in unit: Unit) {
      let count = rows.reduce(0) { $0 + ($1.count ?? 0) }
      self.init(
        quantity, reference, Double(count) / unit.size, unit.name, count: count,
        sumOf: rows.map(\.quantity))
    }

    /// Ours over the number that is compared with; nil where that is 0.
    var ratio: Double? { reference.flatMap { $0.value == 0 ? nil : ours / $0.value } }

    /// Whether ours has the printed digits; nil where nothing exact is compared with.
    var agreement: Agreement? {
      guard let reference, reference.source != .plot else { return nil }
      let digits = reference.text.split(separator: ".").dropFirst().first?.count ?? 0
      let scaled = ours * pow(10, Double(digits))
      let expected = (reference.value * pow(10, Double(digits))).rounded()
      if scaled.rounded() == expected { return .rounded }
      return scaled.rounded(.towardZero) == expected ? .truncated : Agreement.none
    }
  }

  /// A multiple of a byte or operation.
  struct Unit {
    let name: String
    let size: Double
    static let gigabytes = Unit(name: "GB", size: 1e9)
    static let mebibytes = Unit(name: "MiB", size: 1_048_576)
    static let gigaoperations = Unit(name: "GFLOP", size: 1e9)
  }

  let name: ReproductionName
  /// Sizes and types.
  let configuration: String
  /// What the count takes for granted, in sentences.
  let assumptions: [String]
  let rows: [Row]
}
