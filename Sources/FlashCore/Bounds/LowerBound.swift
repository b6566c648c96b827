public import HBMSim

/// Traffic that no program of a kind can go below. The derivations are in docs/theory.md.
///
/// A program is one of this machine's: it begins with nothing in SRAM, computes on what lies there
/// only, and forms the scalar product of every visible query and key. Several cores count as one that
/// runs their programs in turn, which moves the same.
public struct LowerBound: Sendable, Hashable, CustomStringConvertible {
  /// Why there is no way below.
  public let argument: Argument
  /// What moves at least, reads and writes each. Its bytes are those of the smallest elements in use.
  public let traffic: Traffic

  /// What is bounded, in a word or two.
  public var name: String { argument.name }
  /// Where the bound is from.
  public var source: String { argument.source }
  /// For which capacities M it holds, and where it tells something; M in elements.
  public var range: String { argument.range }
  /// Elements that move at least.
  public var elements: Int { traffic.elements }
  /// Bytes that move at least.
  public var bytes: Int { traffic.bytes }

  /// The name and the elements.
  public var description: String { "\(name): at least \(elements) elements" }

  /// The ways to prove that something must move.
  public enum Argument: Sendable, Hashable, CaseIterable {
    /// Every input that counts is read, and every output written.
    case compulsory
    /// From what SRAM holds and what is read next, only so many scalar products can be formed.
    case scalarProducts
    /// Between so many elements of three matrices, there are only so many multiplications.
    case multiplications
    /// Standard attention's kernels, each for itself.
    case kernels

    /// What is bounded, in a word or two.
    public var name: String {
      switch self {
      case .compulsory: "compulsory traffic"
      case .scalarProducts: "scalar products of rows"
      case .multiplications: "multiplications of scores"
      case .kernels: "kernels of standard attention"
      }
    }

    /// Where the bound is from.
    public var source: String {
      switch self {
      case .compulsory:
        "Dao et al. 2022 (arXiv 2205.14135), proof of Proposition 3"
      case .scalarProducts:
        "Saha and Ye 2024 (arXiv 2402.07443), Lemmas 3.3 and 3.4, after Hong and Kung 1981; "
          + "constants from docs/theory.md"
      case .multiplications:
        "Smith, Lowery, Langou and van de Geijn 2017 (arXiv 1702.02017); for attention, Saha and "
          + "Ye 2024 (arXiv 2402.07443), Theorem 3.7; constants from docs/theory.md"
      case .kernels:
        "Smith, Lowery, Langou and van de Geijn 2017 (arXiv 1702.02017), for each product of "
          + "Algorithms 0 and 3"
      }
    }

    /// For which capacities M it holds, and where it tells something; M in elements.
    public var range: String {
      switch self {
      case .compulsory: "every M; the greatest where M is about N·d and more"
      case .scalarProducts: "every M; made for M ≥ d²"
      case .multiplications: "every M; made for M < d², and little is left of it at M = 4d²"
      case .kernels: "every M; standard attention only"
      }
    }
  }
}
