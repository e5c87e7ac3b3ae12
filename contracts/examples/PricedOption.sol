// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Arguments, ISubcontractProvider} from "../interfaces/ISubcontractProvider.sol";
import {EcdsaSignature} from "../libraries/EcdsaSignature.sol";
import {Eip712Domain} from "../libraries/Eip712Domain.sol";

/// @notice An option that is settled in one token of the channel.
/// @param holderIsLeft Who may gain; the other side has written it.
/// @param isPut A put gains below the strike, a call above it.
/// @param deltaIndex The token that is paid.
/// @param size How much of the underlying it is about, in units of 10^18.
/// @param strike In units of the token for one of the underlying.
/// @param cap The most that is paid: what the writer's allowance must hold.
/// @param expiry The unix second whose price counts, and no other.
/// @param settleBy The last unix second in which the holder's arguments count, at or after `expiry`.
/// @param oracle Whose signature says what the price was: both sides must trust it to sign one price a second.
/// @param feed What the price is of, in the oracle's own names.
struct Option {
    bool holderIsLeft;
    bool isPut;
    uint8 deltaIndex;
    uint128 size;
    uint128 strike;
    uint128 cap;
    uint64 expiry;
    uint64 settleBy;
    address oracle;
    bytes32 feed;
}

/// @title PricedOption
/// @notice A provider by a stranger: options, judged by a signed price.
/// @dev An example of how to write one; `README.md` beside it says why each line is there. The batch is
/// `abi.encode(Option)`. The holder proves the price with the last {EVIDENCE_BYTES} bytes of its arguments,
/// a 16-byte big-endian price and the oracle's 65-byte signature over
/// `Price(bytes32 feed,uint64 second,uint128 price)`: clauses of other providers in the same body, which read
/// from the front, do not mind them.
contract PricedOption is ISubcontractProvider, Eip712Domain {
    /// @notice The body does not have the token that the option is paid in.
    error DeltaMissing(uint256 index);

    /// @notice The price and the signature of the oracle.
    uint256 public constant EVIDENCE_BYTES = 16 + EcdsaSignature.LENGTH;

    /// @notice One of the underlying.
    uint256 public constant ONE = 1e18;

    bytes32 private constant _PRICE_TYPEHASH = keccak256(
        "Price(bytes32 feed,uint64 second,uint128 price)"
    );

    constructor() Eip712Domain("XLN Priced Option") {}

    /// @inheritdoc ISubcontractProvider
    function evaluate(
        int256[] calldata deltas,
        bytes calldata batch,
        Arguments calldata left,
        Arguments calldata right
    ) external view returns (int256[] memory applied, uint256 pendingUntil) {
        Option memory option = abi.decode(batch, (Option));
        applied = deltas;
        // Before anything else: whether the clause is valid must not depend on the price.
        require(option.deltaIndex < applied.length, DeltaMissing(option.deltaIndex));

        Arguments calldata holder = option.holderIsLeft ? left : right;
        if (holder.committedAt == 0) {
            if (block.timestamp <= option.settleBy) pendingUntil = option.settleBy;
        } else if (holder.committedAt <= option.settleBy) {
            int256 payout = int256(_payout(option, holder.data));
            applied[option.deltaIndex] += option.holderIsLeft ? payout : -payout;
        }
    }

    /// @notice What an oracle signs for the price of `feed` at the unix `second`.
    function priceDigest(bytes32 feed, uint64 second, uint128 price) public view returns (bytes32) {
        return _typedDigest(keccak256(abi.encode(_PRICE_TYPEHASH, feed, second, price)));
    }

    /// @notice What the option is worth at `price`, rounded down, at most its cap.
    function valueAt(Option memory option, uint128 price) public pure returns (uint256) {
        (uint256 high, uint256 low) = option.isPut
            ? (option.strike, price)
            : (price, option.strike);
        if (high <= low) return 0;
        uint256 value = ((high - low) * option.size) / ONE;
        return value < option.cap ? value : option.cap;
    }

    /// @dev Arguments that prove nothing are worth nothing; that they were given ends the waiting.
    function _payout(Option memory option, bytes calldata data) private view returns (uint256) {
        if (data.length < EVIDENCE_BYTES || option.oracle == address(0)) return 0;
        bytes calldata evidence = data[data.length - EVIDENCE_BYTES:];
        uint128 price = uint128(bytes16(evidence));
        bytes32 digest = priceDigest(option.feed, option.expiry, price);
        uint256 signer = uint160(option.oracle);
        return EcdsaSignature.isSignedBy(evidence, 16, digest, signer) ? valueAt(option, price) : 0;
    }
}
