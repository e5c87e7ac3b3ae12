// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MemberKind} from "../interfaces/IEntityProvider.sol";
import {EntityId, TokenId} from "../types/Ids.sol";
import {BatchLists} from "./BatchLists.sol";
import {Boards} from "./Boards.sol";

/// @title Pots
/// @notice The lazy entities that receive dividends, and how they pay them out.
/// @dev The board of a pot has one member, the contract in which this runs, which signs as ERC-1271. Its
/// threshold and weight are the number of the entity: so each entity has a pot of its own.
library Pots {
    bytes32 private constant _DOMAIN_TYPEHASH = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );
    bytes32 private constant _NAME_HASH = keccak256("XLN Depository");
    bytes32 private constant _VERSION_HASH = keccak256("1");

    /// @notice The pot of a registered entity: the hash of its board.
    function idOf(EntityId entity) internal view returns (EntityId) {
        uint256 number = uint256(EntityId.unwrap(entity));
        // The words of `abi.encode(KIND_LISTED, board)`: board and members begin 0x40 behind their places.
        return
            EntityId.wrap(
                keccak256(
                    abi.encode(
                        Boards.KIND_LISTED,
                        0x40,
                        number,
                        0x40,
                        1,
                        MemberKind.Contract,
                        address(this),
                        number
                    )
                )
            );
    }

    /// @notice The EIP-712 domain separator of a Depository.
    /// @dev Computed here, not asked for: else a false Depository could name that of another, and have a payment
    /// signed that counts there.
    function domainOf(address depository) internal view returns (bytes32) {
        return
            keccak256(
                abi.encode(_DOMAIN_TYPEHASH, _NAME_HASH, _VERSION_HASH, block.chainid, depository)
            );
    }

    /// @notice A batch of one payment from reserve to reserve, which is done or reverts. See {BatchLists}.
    function payment(
        TokenId token,
        EntityId to,
        uint256 amount
    ) internal pure returns (bytes memory) {
        uint16 flags = uint16(BatchLists.ATOMIC | BatchLists.TRANSFERS);
        return abi.encodePacked(flags, uint24(128), uint256(1), token, to, amount);
    }

    /// @notice What is shown as the signature of the pot: its board, and no bytes for its member, who is asked.
    function signature(EntityId entity) internal view returns (bytes memory) {
        uint64 number = uint64(uint256(EntityId.unwrap(entity)));
        return
            abi.encodePacked(
                bytes1(0x01),
                number,
                uint8(1),
                uint32(1),
                MemberKind.Contract,
                number,
                address(this),
                uint16(0)
            );
    }
}
