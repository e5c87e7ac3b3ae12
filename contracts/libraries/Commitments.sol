// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DisputeArguments, IDepository} from "../interfaces/IDepository.sol";
import {ChannelKey, EntityId, TokenId} from "../types/Ids.sol";
import {Channel, Ledger, Pair} from "../types/Ledger.sol";
import {Channels} from "./Channels.sol";
import {Flags} from "./Flags.sol";
import {Limits} from "./Limits.sol";

/// @title Commitments
/// @notice What a side gives in a dispute: arguments for a proof body, and further tokens to close.
/// @dev The bytes stand in the event. Storage keeps one word for each: the first 216 bits of their
/// hash and the second in which they were given. Its place is named by channel, cooperative nonce, side
/// and body (0 for named tokens). A cooperative nonce sees one dispute at most, since both ways out of
/// a dispute raise it; so what was given in one can never be found in another.
library Commitments {
    bytes32 private constant _NAMED_TOKENS = 0;

    /// @dev A commitment is `hash & _HASH_MASK | time`: the time takes the 40 lowest bits.
    uint256 private constant _HASH_MASK = ~uint256(type(uint40).max);

    /// @notice Keeps what `actor` gives: both parts of `item`, or neither.
    function commit(
        Ledger storage ledger,
        EntityId actor,
        DisputeArguments calldata item
    ) internal returns (bytes4 refusal) {
        if (actor == item.peer) return IDepository.SelfChannel.selector;
        Pair memory pair = Channels.pairOf(actor, item.peer);
        Channel memory channel = ledger.channels[pair.key];
        bool byLeft = actor == pair.left;
        refusal = _refuse(ledger, pair, channel, byLeft, item);
        if (refusal != 0) return refusal;

        ledger.channels[pair.key].flags = Flags.withGift(channel.flags, byLeft);
        if (item.proofBodyHash != 0) _keepArguments(ledger, pair, channel, byLeft, item);
        if (item.tokens.length != 0) _keepTokens(ledger, pair, channel, byLeft, item.tokens);
    }

    /// @notice Holds the shown arguments of a side against what it gave for the body that stands.
    /// @return isRight Whether they are those, or nothing where it gave nothing.
    /// @return committedAt When they were given; 0 if never.
    function findArguments(
        Ledger storage ledger,
        ChannelKey key,
        Channel memory channel,
        bool left,
        bytes calldata data
    ) internal view returns (bool isRight, uint64 committedAt) {
        bytes32 body = channel.proofBodyHash;
        if (body == 0 || !Flags.gave(channel.flags, left)) return (data.length == 0, 0);
        uint256 kept = ledger.commitments[_place(key, channel.cooperativeNonce, left, body)];
        if (kept == 0) return (data.length == 0, 0);
        return ((kept ^ uint256(keccak256(data))) & _HASH_MASK == 0, uint40(kept));
    }

    /// @notice Whether `tokens` are those that a side has named, or none where it named none.
    function areNamed(
        Ledger storage ledger,
        ChannelKey key,
        Channel memory channel,
        bool left,
        TokenId[] calldata tokens
    ) internal view returns (bool) {
        if (!Flags.gave(channel.flags, left)) return tokens.length == 0;
        uint256 kept = ledger.commitments[
            _place(key, channel.cooperativeNonce, left, _NAMED_TOKENS)
        ];
        if (kept == 0) return tokens.length == 0;
        return (kept ^ _hashTokens(tokens)) & _HASH_MASK == 0;
    }

    function _refuse(
        Ledger storage ledger,
        Pair memory pair,
        Channel memory channel,
        bool byLeft,
        DisputeArguments calldata item
    ) private view returns (bytes4 refusal) {
        if (channel.deadline == 0) return IDepository.NoDispute.selector;
        if (block.timestamp >= channel.deadline) {
            return IDepository.DisputeClosed.selector;
        }
        refusal = _refuseShape(item);
        if (refusal != 0) return refusal;

        uint64 nonce = channel.cooperativeNonce;
        bytes32 body = item.proofBodyHash;
        if (body != 0 && ledger.commitments[_place(pair.key, nonce, byLeft, body)] != 0) {
            return IDepository.ArgumentsCommittedBefore.selector;
        }
        bool names = item.tokens.length != 0;
        if (names && ledger.commitments[_place(pair.key, nonce, byLeft, _NAMED_TOKENS)] != 0) {
            return IDepository.TokensNamedBefore.selector;
        }
    }

    /// @dev Arguments are for a body, perhaps empty ones; without a body there must be tokens.
    function _refuseShape(DisputeArguments calldata item) private pure returns (bytes4 refusal) {
        if (item.data.length > Limits.ARGUMENTS_MAX) {
            return IDepository.ArgumentsTooLarge.selector;
        }
        bool hasBody = item.proofBodyHash != 0;
        if (!hasBody && item.data.length != 0) return IDepository.ArgumentsWrong.selector;

        TokenId[] calldata tokens = item.tokens;
        bool valid = (hasBody || tokens.length != 0) && tokens.length <= Limits.NAMED_TOKENS_MAX;
        for (uint256 i = 1; valid && i < tokens.length; ++i) valid = tokens[i - 1] < tokens[i];
        if (!valid) return IDepository.TokensInvalid.selector;
    }

    function _keepArguments(
        Ledger storage ledger,
        Pair memory pair,
        Channel memory channel,
        bool byLeft,
        DisputeArguments calldata item
    ) private {
        bytes32 body = item.proofBodyHash;
        ledger.commitments[_place(pair.key, channel.cooperativeNonce, byLeft, body)] = _now(
            uint256(keccak256(item.data))
        );
        emit IDepository.ArgumentsCommitted(pair.left, pair.right, byLeft, body, item.data);
    }

    function _keepTokens(
        Ledger storage ledger,
        Pair memory pair,
        Channel memory channel,
        bool byLeft,
        TokenId[] calldata tokens
    ) private {
        ledger.commitments[
            _place(pair.key, channel.cooperativeNonce, byLeft, _NAMED_TOKENS)
        ] = _now(_hashTokens(tokens));
        emit IDepository.TokensNamed(pair.left, pair.right, byLeft, tokens);
    }

    /// @dev Never 0, because the time is not.
    function _now(uint256 hash) private view returns (uint256) {
        return (hash & _HASH_MASK) | uint40(block.timestamp);
    }

    function _hashTokens(TokenId[] calldata tokens) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(tokens)));
    }

    function _place(
        ChannelKey key,
        uint64 cooperativeNonce,
        bool left,
        bytes32 body
    ) private pure returns (bytes32) {
        return keccak256(abi.encode(key, cooperativeNonce, left, body));
    }
}
