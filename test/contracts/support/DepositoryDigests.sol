// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    Forgiveness,
    Proof,
    Settlement,
    TokenDiff
} from "../../../contracts/interfaces/IDepository.sol";
import {EntityId} from "../../../contracts/types/Ids.sol";

/// @title DepositoryDigests
/// @notice What entities sign, written out from EIP-712 and not taken from the code under test.
library DepositoryDigests {
    function domain(address depository, uint256 chainId) internal pure returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    keccak256(
                        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                    ),
                    keccak256("XLN Depository"),
                    keccak256("1"),
                    chainId,
                    depository
                )
            );
    }

    function typed(bytes32 separator, bytes32 structHash) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(bytes2(0x1901), separator, structHash));
    }

    function batch(
        EntityId entity,
        bytes memory data,
        uint64 nonce,
        uint64 validUntil
    ) internal pure returns (bytes32) {
        bytes32 typehash = keccak256(
            "Batch(bytes32 entity,bytes batch,uint64 nonce,uint64 validUntil)"
        );
        return keccak256(abi.encode(typehash, entity, keccak256(data), nonce, validUntil));
    }

    function proof(
        bytes32 channelKey,
        uint64 cooperativeNonce,
        Proof memory p
    ) internal pure returns (bytes32) {
        bytes32 typehash = keccak256(
            "DisputeProof(bytes32 channelKey,uint64 cooperativeNonce,uint96 disputeNonce,"
            "uint32 disputeWindow,bytes32 proofBodyHash,bytes32 blockHash)"
        );
        return
            keccak256(
                abi.encode(
                    typehash,
                    channelKey,
                    cooperativeNonce,
                    p.disputeNonce,
                    p.disputeWindow,
                    p.proofBodyHash,
                    p.blockHash
                )
            );
    }

    function settlement(bytes32 channelKey, Settlement memory s) internal pure returns (bytes32) {
        bytes32 typehash = keccak256(
            "Settlement(bytes32 channelKey,uint64 cooperativeNonce,uint64 newNonce,uint64 deadline,"
            "TokenDiff[] diffs,Forgiveness[] forgiveness)"
            "Forgiveness(bytes32 token,bool leftOwes,uint256 index)"
            "TokenDiff(bytes32 token,int256 leftDiff,int256 rightDiff,int256 collateralDiff,int256 ondeltaDiff)"
        );
        return
            keccak256(
                abi.encode(
                    typehash,
                    channelKey,
                    s.cooperativeNonce,
                    s.newNonce,
                    s.deadline,
                    _diffs(s.diffs),
                    _forgiveness(s.forgiveness)
                )
            );
    }

    function _diffs(TokenDiff[] memory diffs) private pure returns (bytes32) {
        bytes32 typehash = keccak256(
            "TokenDiff(bytes32 token,int256 leftDiff,int256 rightDiff,int256 collateralDiff,int256 ondeltaDiff)"
        );
        bytes memory all;
        for (uint256 i; i < diffs.length; ++i) {
            all = bytes.concat(all, keccak256(abi.encode(typehash, diffs[i])));
        }
        return keccak256(all);
    }

    function _forgiveness(Forgiveness[] memory items) private pure returns (bytes32) {
        bytes32 typehash = keccak256("Forgiveness(bytes32 token,bool leftOwes,uint256 index)");
        bytes memory all;
        for (uint256 i; i < items.length; ++i) {
            all = bytes.concat(all, keccak256(abi.encode(typehash, items[i])));
        }
        return keccak256(all);
    }
}
