// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Tenure} from "../../../contracts/types/Registry.sol";
import {Dice} from "./Dice.sol";
import {ProviderWorld} from "./ProviderWorld.sol";
import {vm} from "./Vm.sol";

/// @notice What the book says of one entity; boards by their index.
struct Office {
    uint256 board;
    uint256 outgoing;
    uint256 outgoingUntil;
    uint256 next;
    uint256 nextFrom;
    uint64 nonce;
}

/// @title ProviderHandler
/// @notice Does with an EntityProvider whatever boards, dismissed boards, shareholders and strangers can do; each
/// call by the throw of dice that follow from its seed. It keeps a book in the plainest way, knows of each call
/// whether it may succeed, and notes the first breach of a law.
contract ProviderHandler is ProviderWorld {
    uint256 internal constant ENTITIES_MAX = 5;
    bytes32[3] internal names = [bytes32("acme"), "bravo-9", "zulu"];

    /// @notice What was broken first; empty: nothing.
    string public breach;

    /// @notice How often something came about that the laws speak of.
    mapping(string what => uint256) public counts;

    uint256 internal registered = 1;
    mapping(uint256 number => Office) internal offices;
    mapping(uint256 board => bool) internal isChecked;
    mapping(uint256 key => bool) internal isKey;
    mapping(bytes32 name => uint256 number) internal owners;

    // The shareholders of entity 1.
    mapping(address holder => uint256) internal votedFor;
    mapping(address holder => uint256) internal votes;
    uint256 internal elected = NOBODY;
    uint256 internal electedFrom;

    constructor() {
        _createProvider();
        offices[1] = Office(0, NOBODY, 0, NOBODY, 0, 0);
    }

    // ─── What a fuzzer calls ────────────────────────────────────────────────────────────────────

    function register(uint256 seed) external {
        Dice memory dice = Dice(seed);
        if (registered < ENTITIES_MAX) _register(dice.roll(BOARDS), dice.oneIn(2));
    }

    function check(uint256 seed) external {
        _check(Dice(seed).roll(BOARDS));
    }

    function registerKey(uint256 seed) external {
        Dice memory dice = Dice(seed);
        uint256 key = dice.roll(2);
        _registerKey(key, dice.oneIn(3) ? 1 - key : key);
    }

    function replace(uint256 seed) external {
        Dice memory dice = Dice(seed);
        uint256 number = _anyEntity(dice);
        uint256 next = dice.oneIn(8) ? NOBODY : dice.roll(BOARDS);
        _replace(number, next, _signer(dice, number), _nonce(dice, number), dice.oneIn(3));
    }

    function activate(uint256 seed) external {
        Dice memory dice = Dice(seed);
        _activate(dice.oneIn(2) ? 1 : _anyEntity(dice));
    }

    function claim(uint256 seed) external {
        Dice memory dice = Dice(seed);
        uint256 number = _anyEntity(dice);
        _claim(number, names[dice.roll(3)], _signer(dice, number), _nonce(dice, number));
    }

    function transfer(uint256 seed) external {
        Dice memory dice = Dice(seed);
        bytes32 name = names[dice.roll(3)];
        uint256 number = owners[name] == 0 || dice.oneIn(3) ? _anyEntity(dice) : owners[name];
        uint256 to = 1 + dice.roll(ENTITIES_MAX);
        _transfer(number, name, to, _signer(dice, number), _nonce(dice, number));
    }

    function vote(uint256 seed) external {
        Dice memory dice = Dice(seed);
        address holder = dice.oneIn(2) ? ann : bob;
        // Mostly for one board, so that there is a majority now and then.
        uint256 board = offices[1].board == 1 ? 2 : 1;
        if (dice.oneIn(4)) board = dice.roll(BOARDS);
        if (votes[holder] != 0) board = votedFor[holder];
        uint256 all = holder == ann ? 60 : 40;
        _vote(holder, board, dice.oneIn(2) ? all : dice.roll(all + 2));
    }

    /// @notice Somebody shows what a board signed, in office or not, as a decision and as evidence.
    function show(uint256 seed) external {
        Dice memory dice = Dice(seed);
        uint256 number = _anyEntity(dice);
        uint256 board = _signer(dice, number);
        // A name of an entity must not pass as that of another which has the same board.
        uint256 signedFor = dice.oneIn(4) ? _anyEntity(dice) : number;
        _show(number, signedFor, board, dice.oneIn(3));
    }

    /// @notice A stranger would end an election by himself.
    function meddle(uint256) external {
        try shares.conclude(company) {
            _hold(false, "a stranger ended an election");
        } catch {
            ++counts["meddled"];
        }
    }

    function warp(uint256 seed) external {
        Dice memory dice = Dice(seed);
        uint256 period = dice.oneIn(3) ? dice.roll(3) : dice.roll(6 days);
        vm.warp(block.timestamp + period);
    }

    // ─── Steps, each held against the book ──────────────────────────────────────────────────────

    function _register(uint256 board, bool byHash) internal {
        bool may = byHash || board == BLS ? isChecked[board] : true;
        bytes memory data =
            byHash || board == BLS
                ? abi.encodeCall(provider.registerChecked, (hashes[board]))
                : abi.encodeCall(provider.register, (_board(board)));
        (bool done, bytes memory answer) = address(provider).call(data);
        _hold(done == may, "a board that was not checked has an entity, or one that was has none");
        if (!done) return;
        uint256 number = abi.decode(answer, (uint256));
        _hold(number > registered, "a number was given again");
        _hold(number == registered + 1, "a number was left out");
        registered = number;
        offices[number] = Office(board, NOBODY, 0, NOBODY, 0, 0);
        ++counts["registered"];
    }

    function _check(uint256 board) internal {
        bool may = board != BLS || (isKey[0] && isKey[1]);
        bytes memory data =
            board == BLS
                ? abi.encodeCall(provider.checkKeys, (2, _members()))
                : abi.encodeCall(provider.checkBoard, (_board(board)));
        (bool done, bytes memory answer) = address(provider).call(data);
        _hold(done == may, "a board was checked whose keys nobody possesses, or cannot be");
        if (!done) return;
        _hold(abi.decode(answer, (bytes32)) == hashes[board], "a board has another hash");
        isChecked[board] = true;
        if (board == BLS) ++counts["keys checked"];
    }

    function _registerKey(uint256 key, uint256 proof) internal {
        try provider.registerKey(blsKeys[key], proofs[proof]) {
            _hold(key == proof, "a key is registered that nobody possesses");
            isKey[key] = true;
        } catch {
            _hold(key != proof, "a key cannot be registered");
        }
    }

    function _replace(
        uint256 number,
        uint256 next,
        uint256 signer,
        uint64 nonce,
        bool inPerson
    ) internal {
        Office storage office = offices[number];
        bytes32 hash = next == NOBODY ? bytes32(0) : hashes[next];
        bytes32 digest = _replacement(_id(number), hash, nonce);
        bytes memory signature = _decision(number, signer, digest, inPerson);
        bool isBoardGood = next == NOBODY || (isChecked[next] && next != office.board);
        (bool done, ) = address(provider).call(
            abi.encodeCall(provider.replaceBoard, (_id(number), hash, nonce, signature))
        );
        _judge(number, signer, nonce, done, isBoardGood, "a board that cannot follow was decided");
        if (!done) return;
        (office.next, office.nextFrom) = (next, next == NOBODY ? 0 : block.timestamp + BOARD_DELAY);
        ++counts["decided"];
    }

    function _activate(uint256 number) internal {
        Office storage office = offices[number];
        bool byShares = number == 1 && elected != NOBODY;
        uint256 next = byShares ? elected : office.next;
        uint256 from = byShares ? electedFrom : office.nextFrom;
        if (from < office.outgoingUntil) from = office.outgoingUntil;
        try provider.activateBoard(_id(number)) {
            _hold(next != NOBODY, "a board was replaced without a decision");
            _hold(block.timestamp >= from, "a board took over too early");
            bool isRight = next != NOBODY && provider.boardHashOf(_id(number)) == hashes[next];
            _hold(isRight, "another board took over");
            (office.outgoing, office.outgoingUntil) = (office.board, block.timestamp + GRACE);
            (office.board, office.next, office.nextFrom) = (next, NOBODY, 0);
            if (byShares) _endElection();
            ++counts[byShares ? "elected" : "replaced itself"];
        } catch {
            _hold(next == NOBODY || block.timestamp < from, "a board cannot take over");
        }
    }

    function _claim(uint256 number, bytes32 name, uint256 signer, uint64 nonce) internal {
        bytes memory signature = _decision(
            number,
            signer,
            _nameClaim(_id(number), name, nonce),
            false
        );
        (bool done, ) = address(provider).call(
            abi.encodeCall(provider.claimName, (_id(number), name, nonce, signature))
        );
        _judge(number, signer, nonce, done, owners[name] == 0, "a name was taken from its owner");
        if (!done) return;
        owners[name] = number;
        ++counts["claimed"];
    }

    function _transfer(
        uint256 number,
        bytes32 name,
        uint256 to,
        uint256 signer,
        uint64 nonce
    ) internal {
        bytes32 digest = _nameTransfer(_id(number), name, _id(to), nonce);
        bytes memory signature = _decision(number, signer, digest, false);
        (bool done, ) = address(provider).call(
            abi.encodeCall(provider.transferName, (_id(number), name, _id(to), nonce, signature))
        );
        bool may = owners[name] == number && to <= registered;
        _judge(
            number,
            signer,
            nonce,
            done,
            may,
            "a name was given by one who has it not, or to nobody"
        );
        if (!done) return;
        owners[name] = to;
        if (to != number) ++counts["given"];
    }

    function _vote(address holder, uint256 board, uint256 value) internal {
        bool isLess = value <= votes[holder];
        bool isEligible = isChecked[board] && board != offices[1].board;
        bool may = value <= (holder == ann ? 60 : 40) && (isLess || isEligible);
        vm.prank(holder);
        try shares.vote(company, hashes[board], uint64(value)) {
            _hold(may, "a vote counts that must not");
            (votedFor[holder], votes[holder]) = (board, value);
            _recount();
            if (value != 0) ++counts["voted"];
        } catch {
            _hold(!may, "a vote does not count");
        }
    }

    function _show(uint256 number, uint256 signedFor, uint256 board, bool underRoot) internal {
        bytes32 digest = keccak256(abi.encode("shown", signedFor));
        bytes memory signature = _signAs(_id(signedFor), board, digest, underRoot);
        Office storage office = offices[number];
        // What one key signs in the plain form names no entity: its digest does. All else is bound.
        bool isBound = signedFor == number || (board < PAIR && !underRoot);
        bool sits = isBound && board == office.board;
        bool sat = isBound && board == office.outgoing && block.timestamp < office.outgoingUntil;

        bool signed = provider.isValidEntitySignature(_id(number), digest, signature);
        _hold(signed || !sits, "the board in office cannot sign");
        _hold(!signed || sits, "somebody signs who is not in office");
        (bool valid, bool outgoing) = provider.isValidProofSignature(
            _id(number),
            digest,
            signature
        );
        _hold(valid == (sits || sat), "evidence counts that does not, or does not that does");
        _hold(outgoing == (valid && !sits), "the outgoing board makes debts");
        if (valid && outgoing) ++counts["outgoing evidence"];
        if (sits && board == BLS) ++counts["signed by BLS"];
    }

    // ─── The book ───────────────────────────────────────────────────────────────────────────────

    /// @notice The first law that does not hold now; empty: all do.
    function broken() public view returns (string memory) {
        if (bytes(breach).length != 0) return breach;
        for (uint256 number = 1; number <= registered; ++number) {
            string memory what = _brokenAt(number);
            if (bytes(what).length != 0) return what;
        }
        if (provider.boardHashOf(_id(registered + 1)) != 0) return "a number was given in silence";
        for (uint256 i; i < 3; ++i) {
            if (provider.ownerOf(names[i]) != _id(owners[names[i]]))
                return "a name moved by itself";
        }
        for (uint256 i; i < BOARDS; ++i) {
            if (provider.isBoardChecked(hashes[i]) != isChecked[i]) return "a check came or went";
        }
        return "";
    }

    function _brokenAt(uint256 number) private view returns (string memory) {
        Office storage office = offices[number];
        Tenure memory tenure = provider.tenureOf(_id(number));
        if (tenure.nonce != office.nonce) return "a nonce moved by itself";
        if (tenure.board != hashes[office.board]) return "a board changed by itself";
        if (tenure.outgoing != _hashOf(office.outgoing)) return "another board is outgoing";
        if (tenure.outgoingUntil != office.outgoingUntil) return "a grace changed by itself";
        if (tenure.next != _hashOf(office.next)) return "another board is to follow";
        if (tenure.nextFrom != office.nextFrom) return "the time of a board changed by itself";
        return "";
    }

    function _hashOf(uint256 board) private view returns (bytes32) {
        return board == NOBODY ? bytes32(0) : hashes[board];
    }

    /// @dev A decision counts if the board in office made it, once and in its turn, and it is one of those that may
    /// be made.
    function _judge(
        uint256 number,
        uint256 signer,
        uint64 nonce,
        bool done,
        bool may,
        string memory what
    ) private {
        Office storage office = offices[number];
        bool isOffice = signer == office.board;
        _hold(!done || isOffice, "somebody decided who is not in office");
        _hold(!done || nonce == office.nonce, "a decision counts out of its turn");
        _hold(!done || may, what);
        _hold(done || !(isOffice && nonce == office.nonce && may), "a decision does not count");
        if (done) office.nonce = nonce + 1;
    }

    /// @dev In person: the one key of the board calls, with no signature.
    function _decision(
        uint256 number,
        uint256 signer,
        bytes32 digest,
        bool inPerson
    ) private returns (bytes memory) {
        if (!inPerson || signer >= PAIR) return _signAs(_id(number), signer, digest, false);
        vm.prank(vm.addr(keys[signer]));
        return "";
    }

    function _recount() private {
        uint256 majority = NOBODY;
        for (uint256 board; board < BOARDS; ++board) {
            uint256 tally;
            if (votedFor[ann] == board) tally += votes[ann];
            if (votedFor[bob] == board) tally += votes[bob];
            if (tally > 50) majority = board;
        }
        if (majority == elected) return;
        (elected, electedFrom) = (majority, block.timestamp + SHARES_DELAY);
    }

    function _endElection() private {
        (votes[ann], votes[bob], elected, electedFrom) = (0, 0, NOBODY, 0);
    }

    // ─── Dice ───────────────────────────────────────────────────────────────────────────────────

    function _anyEntity(Dice memory dice) private view returns (uint256) {
        return 1 + dice.roll(registered);
    }

    /// @dev Mostly the board in office, often the outgoing one, else any.
    function _signer(Dice memory dice, uint256 number) private view returns (uint256) {
        Office storage office = offices[number];
        if (!dice.oneIn(3)) return office.board;
        if (office.outgoing != NOBODY && !dice.oneIn(3)) return office.outgoing;
        return dice.roll(BOARDS);
    }

    /// @dev Mostly the next; else one that was used, or one too far.
    function _nonce(Dice memory dice, uint256 number) private view returns (uint64) {
        uint64 next = offices[number].nonce;
        if (!dice.oneIn(5)) return next;
        return dice.oneIn(2) || next == 0 ? next + 1 : uint64(dice.roll(next));
    }

    function _hold(bool kept, string memory what) private {
        if (!kept && bytes(breach).length == 0) breach = what;
    }
}
