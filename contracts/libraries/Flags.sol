// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Poster} from "../interfaces/IDepository.sol";

/// @title Flags
/// @notice What a channel remembers of its dispute, a bit each.
///
///     bit   0   1 2      3          4           5              6
///           |   poster   leftGave   rightGave   leftOutgoing   rightOutgoing
///           startedByLeft
///
/// @dev `gave`: this side committed arguments or named tokens in this dispute, so there is something
/// to look up. `outgoing`: its signature on the standing proof rests on a board that has been replaced.
library Flags {
    uint8 private constant _STARTED_BY_LEFT = 1;
    uint8 private constant _LEFT_GAVE = 1 << 3;
    uint8 private constant _RIGHT_GAVE = 1 << 4;
    uint8 private constant _LEFT_OUTGOING = 1 << 5;
    uint8 private constant _RIGHT_OUTGOING = 1 << 6;

    /// @notice The flags when a proof is posted: who started and what was given stay.
    function posted(
        uint8 flags,
        Poster by,
        bool leftOutgoing,
        bool rightOutgoing
    ) internal pure returns (uint8) {
        uint8 kept = flags & (_STARTED_BY_LEFT | _LEFT_GAVE | _RIGHT_GAVE);
        uint8 outgoing =
            (leftOutgoing ? _LEFT_OUTGOING : 0) | (rightOutgoing ? _RIGHT_OUTGOING : 0);
        return kept | (uint8(by) << 1) | outgoing;
    }

    function started(bool byLeft) internal pure returns (uint8) {
        return byLeft ? _STARTED_BY_LEFT : 0;
    }

    function withGift(uint8 flags, bool left) internal pure returns (uint8) {
        return flags | (left ? _LEFT_GAVE : _RIGHT_GAVE);
    }

    function startedByLeft(uint8 flags) internal pure returns (bool) {
        return flags & _STARTED_BY_LEFT != 0;
    }

    function poster(uint8 flags) internal pure returns (Poster) {
        return Poster((flags >> 1) & 3);
    }

    /// @notice Whether the standing proof was posted by the side opposite to `by`: then both want it.
    function isAgreed(uint8 flags, Poster by) internal pure returns (bool) {
        // Anyone is 0, left 1 and right 2: only left and right together make 3.
        return ((flags >> 1) & 3) + uint8(by) == 3;
    }

    function gave(uint8 flags, bool left) internal pure returns (bool) {
        return flags & (left ? _LEFT_GAVE : _RIGHT_GAVE) != 0;
    }

    function isOutgoing(uint8 flags, bool left) internal pure returns (bool) {
        return flags & (left ? _LEFT_OUTGOING : _RIGHT_OUTGOING) != 0;
    }
}
